package table

// MemberID stands for the address of a member, or of the source of a change.
type MemberID int32

// OriginID stands for the member that declared a change, and when: see [origin].
type OriginID int32

// NoMember is the ID of no address.
const NoMember MemberID = -1

// interner gives out small numbers, from 0 up, in place of keys that are stored in
// many places. ID is [MemberID] or [OriginID].
//
// A number means its key as long as it is held. One that is not held means it until
// the next sweep, and may then be given to another key.
type interner[K comparable, ID ~int32] struct {
	numbers map[K]ID
	keys    []K     // by number; the inverse of numbers
	uses    []int32 // by number: how often it is held, or free
	unused  []ID    // every number with 0 uses is here; so may be some that are held again
	vacant  []ID    // every number that is free
	keeps   bool    // nothing is ever swept
}

// free is the count of uses of a number that means nothing.
const free = -1

func newInterner[K comparable, ID ~int32](keeps bool) interner[K, ID] {
	return interner[K, ID]{numbers: make(map[K]ID), keeps: keeps}
}

// intern returns the number of a key; fresh is set if it had none.
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

// hold keeps the meaning of a number until release was called as often.
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

// sweep frees the numbers that are not held. It calls gone for each, while it still
// has its key.
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
	r.unused = emptied(r.unused)
}

// emptied returns an empty list, with the room of the old one unless that is large.
func emptied[E any](list []E) []E {
	const most = 64
	if cap(list) > most {
		return nil
	}
	return list[:0]
}
