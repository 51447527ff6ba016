package swim

// memberID stands for the address of a member, or of somebody who has declared something,
// and originID for an [origin]. Each means the same as long as somebody holds it.
type (
	memberID int32
	originID int32
)

// interner gives small numbers to what many have in common: of type ID, which is one of
// the above.
type interner[K comparable, ID ~int32] struct {
	numbers map[K]ID
	keys    []K
	uses    []int32 // by number; free: it stands for nothing
	unused  []ID    // some of them may be in use again
	vacant  []ID    // to be given out again
	keeps   bool    // what is interned stays
}

// free is the count of uses of a number that stands for nothing.
const free = -1

func newInterner[K comparable, ID ~int32](keeps bool) interner[K, ID] {
	return interner[K, ID]{numbers: make(map[K]ID), keeps: keeps}
}

// intern returns the number of a key, and whether it is a new one. It stays until the
// next sweep, and longer if somebody uses it then.
func (r *interner[K, ID]) intern(k K) (n ID, fresh bool) {
	n, ok := r.numbers[k]
	if ok {
		return n, false
	}
	if last := len(r.vacant) - 1; last >= 0 {
		n = r.vacant[last]
		r.vacant = r.vacant[:last]
		r.keys[n], r.uses[n] = k, 0
	} else {
		n = ID(len(r.keys))
		r.keys, r.uses = append(r.keys, k), append(r.uses, 0)
	}
	r.numbers[k] = n
	r.markUnused(n)
	return n, true
}

// hold says that there is one more use of a number, release that there is one less.
func (r *interner[K, ID]) hold(n ID) { r.uses[n]++ }

func (r *interner[K, ID]) release(n ID) {
	r.uses[n]--
	if r.uses[n] == 0 {
		r.markUnused(n)
	}
}

func (r *interner[K, ID]) markUnused(n ID) {
	if !r.keeps {
		r.unused = append(r.unused, n)
	}
}

// sweep frees the numbers that nobody uses; gone hears of each before it is.
func (r *interner[K, ID]) sweep(gone func(ID)) {
	for _, n := range r.unused {
		if r.uses[n] != 0 {
			continue
		}
		gone(n)
		delete(r.numbers, r.keys[n])
		var none K
		r.keys[n], r.uses[n] = none, free
		r.vacant = append(r.vacant, n)
	}
	r.unused = reset(r.unused)
}
