package swim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

func TestTimersFireInOrderAndOnlyTheirLatest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := newTable(NewBook(FlavourGo))
		q := timers{table: table}
		for i := range 8 {
			table.add(&wire.Change{Address: wire.Address(fmt.Sprint("h:", i))})
		}
		want := make(map[number]time.Duration)
		for range rapid.IntRange(0, 50).Draw(t, "steps") {
			member := number(rapid.IntRange(0, 7).Draw(t, "member"))
			if rapid.IntRange(0, 3).Draw(t, "cancel") == 0 {
				q.cancel(member)
				delete(want, member)
				continue
			}
			at := time.Duration(rapid.IntRange(0, 100).Draw(t, "at"))
			q.set(member, at)
			want[member] = at
		}
		now := time.Duration(rapid.IntRange(0, 100).Draw(t, "now"))
		var fired []time.Duration
		for member, ok := q.pop(now); ok; member, ok = q.pop(now) {
			at, set := want[member]
			if !set || at > now {
				t.Fatalf("%d fired at %v, it was to at %v", member, now, at)
			}
			fired = append(fired, at)
			delete(want, member)
		}
		if !slices.IsSorted(fired) {
			t.Fatal("out of order")
		}
		for member, at := range want {
			if at <= now {
				t.Fatalf("%d did not fire at %v", member, now)
			}
		}
	})
}
