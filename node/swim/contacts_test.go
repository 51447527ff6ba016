package swim

import (
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// The last different nodes are known, the latest first, and when each was heard from.
func TestContactsAreTheLastDifferentOnes(t *testing.T) {
	begin := time.UnixMilli(epoch)
	var c contacts
	for i, who := range []wire.Address{"a:1", "b:1", "c:1", "b:1", "d:1", "e:1", "b:1"} {
		c.add(who, begin.Add(time.Duration(i)*time.Second))
	}
	if got, want := c.after(begin), []wire.Address{"b:1", "e:1", "d:1", "c:1"}; !slices.Equal(got, want) {
		t.Errorf("the contacts are %v, want %v", got, want)
	}
	if got, want := c.after(begin.Add(4*time.Second)), []wire.Address{"b:1", "e:1"}; !slices.Equal(got, want) {
		t.Errorf("since a while they are %v, want %v", got, want)
	}
	if !c.since("b:1", begin.Add(5*time.Second)) || c.since("e:1", begin.Add(5*time.Second)) {
		t.Error("it is not known when b or e was last heard from")
	}
}
