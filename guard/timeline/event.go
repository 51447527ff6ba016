package timeline

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Kind is what an event is about. The values are part of the JSON API and of files.
type Kind string

// The kinds of events.
const (
	Started     Kind = "started"     // the guard began to watch
	Unreachable Kind = "unreachable" // no node answers
	Reachable   Kind = "reachable"   // nodes answer again

	SplitBegan   Kind = "split-began"
	SplitChanged Kind = "split-changed" // into other sides
	SplitEnded   Kind = "split-ended"

	Joined    Kind = "joined"
	Left      Kind = "left"
	Faulty    Kind = "faulty"    // members are held faulty, and do not answer
	Silent    Kind = "silent"    // members are held alive, and do not answer the guard
	Suspect   Kind = "suspect"   // members are suspected for more than a look
	Back      Kind = "back"      // members are up again
	Forgotten Kind = "forgotten" // members are in no list any more
	Restarted Kind = "restarted" // members are other processes than before
	Labels    Kind = "labels"    // members have other labels

	Rebirth Kind = "rebirth" // the guard told members to reincarnate
	Merge   Kind = "merge"   // the guard told sides of each other
	Trouble Kind = "trouble" // the guard found something that stays wrong
	Solved  Kind = "solved"  // what was found is over
)

// MaxMembers is how many members an event names.
const MaxMembers = 100

// Event is something that happened.
type Event struct {
	// ID grows from event to event. It is given by the store.
	ID   uint64    `json:"id"`
	At   time.Time `json:"at"`
	Kind Kind      `json:"kind"`
	// Text says it in a sentence. It may hold text that nodes sent.
	Text string `json:"text"`
	// Members are those concerned, at most MaxMembers of Count.
	Members []wire.Address `json:"members,omitempty"`
	Count   int            `json:"count,omitempty"`
	// Sides are the sizes of the sides of a split.
	Sides []int `json:"sides,omitempty"`
	// Seconds is how long what has ended had lasted.
	Seconds float64 `json:"seconds,omitempty"`
}

// About returns an event about members.
func About(at time.Time, kind Kind, members []wire.Address, text string) Event {
	return Event{
		At: at, Kind: kind, Text: text,
		Members: append([]wire.Address(nil), members[:min(len(members), MaxMembers)]...), Count: len(members),
	}
}

// sizes returns the sizes of sides in words: "5 | 4 | 1".
func sizes(sides []int) string {
	const most = 6
	var words []string
	for _, n := range sides[:min(len(sides), most)] {
		words = append(words, fmt.Sprint(n))
	}
	text := strings.Join(words, " | ")
	if more := len(sides) - most; more > 0 {
		text += fmt.Sprintf(" and %d more sides", more)
	}
	return text
}
