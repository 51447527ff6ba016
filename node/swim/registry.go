package swim

// number stands for something that a book has registered, as long as somebody uses
// it.
type number int32

// registry numbers what many have in common.
type registry[K comparable] struct {
	numbers map[K]number
	keys    []K
	uses    []int32  // by number; free: it stands for nothing
	unused  []number // some of them may be in use again
	vacant  []number // to be given out again
	keeps   bool     // what is registered stays
}

// free is the count of uses of a number that stands for nothing.
const free = -1

func newRegistry[K comparable](keeps bool) registry[K] {
	return registry[K]{numbers: make(map[K]number), keeps: keeps}
}

// enter returns the number of a key, and whether it is a new one. It stays until the
// next sweep, and longer if somebody uses it then.
func (r *registry[K]) enter(k K) (n number, fresh bool) {
	n, ok := r.numbers[k]
	if ok {
		return n, false
	}
	if last := len(r.vacant) - 1; last >= 0 {
		n = r.vacant[last]
		r.vacant = r.vacant[:last]
		r.keys[n], r.uses[n] = k, 0
	} else {
		n = number(len(r.keys))
		r.keys, r.uses = append(r.keys, k), append(r.uses, 0)
	}
	r.numbers[k] = n
	r.leave(n)
	return n, true
}

// hold says that there is one more use of a number, release that there is one less.
func (r *registry[K]) hold(n number) { r.uses[n]++ }

func (r *registry[K]) release(n number) {
	r.uses[n]--
	if r.uses[n] == 0 {
		r.leave(n)
	}
}

func (r *registry[K]) leave(n number) {
	if !r.keeps {
		r.unused = append(r.unused, n)
	}
}

// sweep frees the numbers that nobody uses; gone hears of each before it is.
func (r *registry[K]) sweep(gone func(number)) {
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
