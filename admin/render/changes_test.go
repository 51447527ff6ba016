package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/wire"
)

func TestChanges(t *testing.T) {
	before := []wire.Member{
		{Address: "10.0.0.1:1", Status: wire.Alive, Incarnation: 1}, {Address: "10.0.0.2:1", Status: wire.Alive, Incarnation: 1},
		{Address: "10.0.0.3:1", Status: wire.Alive, Incarnation: 1}, {Address: "10.0.0.4:1", Status: wire.Faulty, Incarnation: 1},
	}
	after := []wire.Member{
		{Address: "10.0.0.1:1", Status: wire.Alive, Incarnation: 1}, {Address: "10.0.0.2:1", Status: wire.Suspect, Incarnation: 1},
		{Address: "10.0.0.3:1", Status: wire.Alive, Incarnation: 2}, {Address: "10.0.0.5:1", Status: wire.Alive, Incarnation: 3},
	}
	want := ` 10:00:00   10.0.0.2:1   alive -> suspect (incarnation 1)
 10:00:00   10.0.0.3:1   alive again (incarnation 2)
 10:00:00   10.0.0.4:1   forgotten, it was faulty (incarnation 1)
 10:00:00   10.0.0.5:1   new, alive (incarnation 3)
`
	if diff := cmp.Diff(want, ChangeLines("10:00:00", Changes(before, after))); diff != "" {
		t.Error(diff)
	}
	if again := Changes(after, after); len(again) > 0 {
		t.Errorf("nothing has changed: %v", again)
	}
}
