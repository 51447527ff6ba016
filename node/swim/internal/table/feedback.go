package table

import (
	"iter"

	"github.com/ringmend/ringmend/node/wire"
)

// A peer that tells what is pending here shows that others spread it, too, so it counts
// as sent once more ("feedback" in section 1.4 of Demers et al., Epidemic algorithms for
// replicated database maintenance, 1987), and need not be told back to that peer. This
// file finds such changes while a request is handled.

// BeginRequest says that what is applied until EndRequest was told by a request whose
// changes are feedback.
func (p *Pending) BeginRequest() {
	p.requests = max(1, p.requests+1) // which passes over 0
	p.request = p.requests
}

// EndRequest ends what BeginRequest has begun, if it has.
func (p *Pending) EndRequest() { p.request = 0 }

// News returns those changes of a set that may override what is believed, for the
// caller to apply before it asks for the next. Changes that repeat what is pending are
// feedback, if a request has begun.
func (p *Pending) News(b *ChangeSet) iter.Seq[*Change] {
	return func(yield func(*Change) bool) {
		for rest := b.list; len(rest) > 0; {
			var room [siftSize]uint8
			block := rest[:min(siftSize, len(rest))]
			rest = rest[len(block):]
			for _, i := range p.sift(block, room[:0]) {
				if !yield(&block[i]) {
					return
				}
			}
		}
	}
}

// AccusersAreNews says whether News includes changes that repeat that a member is suspect:
// their source may be a further accuser.
func (p *Pending) AccusersAreNews(on bool) { p.accusersAreNews = on }

// siftSize is how many changes are sifted before those that may be news are applied.
const siftSize = 64

// sift appends to news which of some changes may be news. In a storm most are not.
func (p *Pending) sift(changes []Change, news []uint8) []uint8 {
	rows := p.table.rows
	f, accusersAreNews := p.beginFeedback(), p.accusersAreNews
	for i := range changes {
		c := &changes[i]
		if int(c.Member) >= len(rows) {
			news = append(news, uint8(i))
			continue
		}
		r := &rows[c.Member]
		switch {
		case r.flags&(isMember|labelled) != isMember || c.labels != 0:
			news = append(news, uint8(i))
		case r.incarnation == c.Incarnation && r.status == c.Status:
			if r.status == wire.Suspect && accusersAreNews {
				news = append(news, uint8(i)) // NoteRepeated is left to the caller
				continue
			}
			f.note(r)
		case outranks(c.Incarnation, c.Status, r.incarnation, r.status) > 0:
			news = append(news, uint8(i))
		}
	}
	p.maxSoFar = f.maxSoFar
	return news
}

// NoteRepeated is feedback about one member, which must be known.
func (p *Pending) NoteRepeated(m MemberID) {
	f := p.beginFeedback()
	f.note(&p.table.rows[m])
	p.maxSoFar = f.maxSoFar
}

// MarkHeard says that the request has told the pending change of a member, which is
// not told back to it.
func (p *Pending) MarkHeard(m MemberID) {
	if r := &p.table.rows[m]; r.is(pending) {
		r.heardIn = p.request
	}
}

// Answer returns the pending changes for the answer to a request, and counts them as
// sent, since it is not known whether the answer arrives. Feedback is left out, and
// counted: repeated is how much. If omitOwn is set then what the asker has declared
// itself, at the incarnation that it says it has, is left out, and not counted.
func (p *Pending) Answer(asker wire.Address, incarnation int64, omitOwn bool) (b ChangeSet, repeated int) {
	if p.Len() == 0 {
		return p.table.NewSet(), 0
	}
	addresses := p.table.addresses
	b = p.table.NewSet()
	source, known := addresses.find(asker)
	omitOwn = omitOwn && known
	for m, r := range p.due() {
		switch {
		case p.request != 0 && r.heardIn == p.request:
			repeated++
		case omitOwn && addresses.origin(r.origin).isOf(source, incarnation):
			continue
		default:
			if b.Len() == 0 {
				b = p.table.newSetFor(min(p.Len(), answerRoom))
			}
			p.table.Tell(&b, m, r.origin)
		}
		p.count(r)
	}
	p.tidy()
	return b, repeated
}

// answerRoom is how many changes an answer has room for at first: in a storm, when many
// are pending, most of them are left out.
const answerRoom = 32

// feedback is the state of Pending that counts feedback, in a form that the compiler
// keeps in registers.
type feedback struct {
	request     uint32
	transmitted uint16
	limit       int // feedback counts up to here: the last transmission is always our own
	maxSoFar    int
}

func (p *Pending) beginFeedback() feedback {
	return feedback{p.request, p.transmitted, p.maxTransmits - 1, p.maxSoFar}
}

// note counts the pending change of a row.
func (f *feedback) note(r *row) {
	if f.request == 0 || !r.is(pending) {
		return
	}
	r.heardIn = f.request
	if times := int(f.transmitted - r.transmitBase); times < f.limit {
		r.transmitBase--
		f.maxSoFar = max(f.maxSoFar, times+1)
	}
}
