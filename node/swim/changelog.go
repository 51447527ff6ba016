package swim

// changeLog collects changes of members that are applied together.
type changeLog struct {
	own    memberArena
	shared *memberArena // of nodes in one process; or nil
	first  int          // of the changes in the room
}

// memberArena is where changes of members are kept, and what the members were and are,
// in large pieces: in a storm every node has one of them for every other.
type memberArena struct {
	changes []MemberChange
	piece   []Member
	again   bool       // the pieces are used again
	pieces  [][]Member // if so
	next    int        // of them
}

func (n *Node) changeLog() changeLog {
	if n.cfg.Shared == nil {
		return changeLog{}
	}
	shared := &n.addresses().changes
	return changeLog{shared: shared, first: len(shared.changes)}
}

func (l *changeLog) room() *memberArena {
	if l.shared != nil {
		return l.shared
	}
	return &l.own
}

func (l *changeLog) len() int { return len(l.room().changes) - l.first }

func (l *changeLog) all() []MemberChange {
	changes := l.room().changes
	return changes[l.first:len(changes):len(changes)]
}

// learned adds that a member has become known, and returns where to say what it is.
func (l *changeLog) learned() (after *Member) {
	r := l.room()
	after = r.member()
	r.changes = append(r.changes, MemberChange{After: after})
	return after
}

// changed adds that a member has changed, and returns where to say how.
func (l *changeLog) changed() (before, after *Member) {
	r := l.room()
	before, after = r.member(), r.member()
	r.changes = append(r.changes, MemberChange{Before: before, After: after})
	return before, after
}

// forgotten adds that a member is not known any more, and returns where to say what it was.
func (l *changeLog) forgotten() (before *Member) {
	r := l.room()
	before = r.member()
	r.changes = append(r.changes, MemberChange{Before: before})
	return before
}

// member returns room for a member, which may have held another one.
func (r *memberArena) member() *Member {
	const largest = 64
	if len(r.piece) == cap(r.piece) {
		switch {
		case r.next < len(r.pieces):
			r.piece = r.pieces[r.next][:0]
			r.next++
		case r.again:
			r.piece = make([]Member, 0, largest)
			r.pieces = append(r.pieces, r.piece)
			r.next++
		default:
			r.piece = make([]Member, 0, min(max(2, 2*cap(r.piece)), largest))
		}
	}
	r.piece = r.piece[:len(r.piece)+1]
	return &r.piece[len(r.piece)-1]
}

// reuse says that nobody looks at what is in the room any more.
func (r *memberArena) reuse() {
	r.changes, r.piece, r.next = r.changes[:0], nil, 0
}
