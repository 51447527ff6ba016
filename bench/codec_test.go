package bench

import (
	"encoding/json"
	"testing"
	"time"

	peerswim "github.com/uber/ringpop-go/swim"
	"github.com/uber/ringpop-go/util"

	"github.com/ringmend/ringmend/node/wire"
)

// peerPing is the body of a ping as ringpop-go encodes it; its own type has the
// same fields, and is not exported.
type peerPing struct {
	Changes           []peerswim.Change `json:"changes"`
	Checksum          uint32            `json:"checksum"`
	Source            string            `json:"source"`
	SourceIncarnation int64             `json:"sourceIncarnationNumber"`
	App               string            `json:"app"`
}

func fullSync(n int) (*wire.Ping, *peerPing) {
	const source, incarnation = "10.9.9.9:3000", int64(1_700_000_000_000)
	var list []wire.Change
	theirs := &peerPing{Source: source, SourceIncarnation: incarnation}
	for _, a := range addresses(n) {
		list = append(list, wire.Change{
			Source: source, SourceIncarnation: incarnation,
			Address: wire.Address(a), Incarnation: incarnation, Timestamp: 1_700_000_000,
		})
		theirs.Changes = append(theirs.Changes, peerswim.Change{
			Source: source, SourceIncarnation: incarnation,
			Address: a, Incarnation: incarnation, Status: peerswim.Alive, Timestamp: util.Timestamp(time.Unix(1_700_000_000, 0)),
		})
	}
	return &wire.Ping{Source: source, SourceIncarnation: incarnation, Changes: wire.Changes(list...)}, theirs
}

// BenchmarkEncodeFullSync encodes 1,000 members. "again" is what a node pays for
// the same membership once more.
func BenchmarkEncodeFullSync(b *testing.B) {
	ours, theirs := fullSync(1000)
	b.Run("ringmend", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := new(wire.Encoder).Encode(ours); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ringmend-again", func(b *testing.B) {
		var e wire.Encoder
		ours.Changes = ours.Changes.AtVersion(1)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := e.Encode(ours); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ringpop-go", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(theirs); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkDecodeFullSync decodes, and in our case checks, 1,000 members.
func BenchmarkDecodeFullSync(b *testing.B) {
	_, theirs := fullSync(1000)
	body, err := json.Marshal(theirs)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("ringmend", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if _, skipped, err := wire.DecodeResponse(wire.EndpointPing, body); err != nil || skipped > 0 {
				b.Fatal(skipped, err)
			}
		}
	})
	b.Run("ringpop-go", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(body, new(peerPing)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
