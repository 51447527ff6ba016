package measure

import (
	"testing"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/world"
)

// Sizes are what the codec makes of a body.
func TestSizeIsThatOnTheWire(t *testing.T) {
	changes := []wire.Change{
		{Address: "10.0.0.1:3000", Incarnation: 1_700_000_000_000, Source: "10.0.0.2:3000", SourceIncarnation: 7, Timestamp: 1_700_000_000},
		{Address: "10.0.0.3:3000", Incarnation: 5, Status: wire.Tombstone},
		{Address: "10.0.0.4:3000", Incarnation: 5, Status: wire.Suspect, Labels: map[string]string{"a": "b", "long": "value"}},
	}
	for _, body := range []any{
		&wire.Ping{Checksum: 123, Source: "10.0.0.1:3000", SourceIncarnation: 99, App: "sim", Changes: wire.Changes(changes...)},
		&wire.Ping{},
		&wire.PingRequest{Source: "10.0.0.1:3000", Target: "10.0.0.2:3000", Changes: wire.Changes(changes[:1]...)},
		&wire.PingRequestResponse{OK: true, Target: "10.0.0.2:3000", Changes: wire.Changes(changes...)},
		&wire.PingRequestResponse{Target: "10.0.0.2:3000"},
		&wire.JoinResponse{App: "sim", Coordinator: "10.0.0.1:3000", Membership: wire.Changes(changes...).AtVersion(3), Checksum: 42},
	} {
		var e wire.Encoder
		encoded, err := e.Encode(body)
		if err != nil {
			t.Fatal(err)
		}
		var s sizes
		for range 2 { // the second time it remembers
			if size := s.of(body, world.ToldBy(body)); size != len(encoded) {
				t.Errorf("%T: %d bytes, want %d:\n%s", body, size, len(encoded), encoded)
			}
		}
	}
}
