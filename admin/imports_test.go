package admin

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The package knows the wire and the ring, and nothing of the protocol behind them.
func TestImports(t *testing.T) {
	const module = "github.com/ringmend/ringmend/"
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		room, ours := strings.CutPrefix(name, module)
		if ours && !strings.HasPrefix(room, "internal/") && !slices.Contains([]string{"admin", "node/wire", "node/tchan", "node/transport", "node/ring", "node/evict"}, room) {
			t.Errorf("it imports %s", name)
		}
	}
}
