package table

import "slices"

// freeLists keeps lists of changes that are no longer used for the next ones: in a
// storm, when each message carries thousands of changes, those that were used last are
// still in the processor's cache.
type freeLists struct{ lists [][]Change }

const (
	// maxFreeLists is how many lists are kept.
	maxFreeLists = 64
	// minFreeCap is the room from which on a list is worth keeping.
	minFreeCap = 32
	// maxFreeTries is how many lists are looked at for one with enough room.
	maxFreeTries = 8
)

// alloc returns an empty list with room for n changes.
func (f *freeLists) alloc(n int) []Change {
	last := len(f.lists) - 1
	for i := last; i >= 0 && i > last-maxFreeTries; i-- {
		if list := f.lists[i]; cap(list) >= n {
			f.lists = slices.Delete(f.lists, i, i+1)
			return list
		}
	}
	return make([]Change, 0, n)
}

// put takes back a list that is not used any more.
func (f *freeLists) put(list []Change) {
	if cap(list) < minFreeCap {
		return
	}
	if len(f.lists) == maxFreeLists {
		f.lists = slices.Delete(f.lists, 0, maxFreeLists/2)
	}
	f.lists = append(f.lists, list[:0])
}

// drop gives the memory back, since a storm is over.
func (f *freeLists) drop() { f.lists = nil }
