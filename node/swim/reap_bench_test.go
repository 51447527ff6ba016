package swim

import (
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// BenchmarkReap buries a table full of faulty members, and forgets them.
func BenchmarkReap(b *testing.B) {
	for range b.N {
		b.StopTimer()
		n, out, _ := newNode(b, nil)
		n.Update(changes(wire.MaxChanges-1, wire.Faulty))
		*out = Effects{}
		b.StartTimer()
		n.Reap()
		n.Checksum()
		n.Advance(n.now.Add(n.cfg.TombstonePeriod))
		if n.Len() != 1 {
			b.Fatal(n.Len(), "members are left")
		}
	}
}
