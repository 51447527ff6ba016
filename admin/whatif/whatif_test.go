package whatif

import (
	"errors"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// What would become of a split is told by the rules that the nodes go by.
func TestIfSplit(t *testing.T) {
	born := int64(1)
	status := &wire.ResolveStatus{State: "stable", Settings: wire.ResolveSettings{Strategy: "keep-majority"}}
	for _, a := range []wire.Address{"a:1", "b:1", "c:1", "d:1"} {
		status.Members = append(status.Members, wire.ResolveMember{Address: a, Counts: a != "d:1"})
	}
	status.Members[2].Born = &born
	keep := func(strategy string, parts ...[]wire.Address) string {
		t.Helper()
		status.Settings.Strategy = strategy
		list, err := IfSplit(status, parts)
		if err != nil {
			return err.Error()
		}
		kept := ""
		for i, w := range list {
			if w.Verdict.Keep {
				kept += string(rune('1' + i))
			}
		}
		return kept
	}
	a, b, c, d := wire.Address("a:1"), wire.Address("b:1"), wire.Address("c:1"), wire.Address("d:1")
	for _, test := range []struct {
		strategy string
		parts    [][]wire.Address
		want     string
	}{
		{"keep-majority", [][]wire.Address{{a, b, c}, {d}}, "1"},
		{"keep-majority", [][]wire.Address{{a, b}, {c, d}}, "1"}, // the lowest address
		{"keep-majority", [][]wire.Address{{b, c}, {a, d}}, ""},  // d is not settled
		{"keep-oldest", [][]wire.Address{{a, b}, {c, d}}, "2"},
		{"keep-majority", [][]wire.Address{{a}, {"x:1"}}, "x:1 is no member that counts"},
		{"keep-majority", [][]wire.Address{{a}, {a}}, "a:1 is named twice"},
		{"guess", [][]wire.Address{{a}}, `no strategy "guess"`},
	} {
		if got := keep(test.strategy, test.parts...); got != test.want && !(test.want != "" && strings.HasPrefix(got, test.want)) {
			t.Errorf("%s of %v: %q, want %q", test.strategy, test.parts, got, test.want)
		}
	}
	if _, err := IfSplit(&wire.ResolveStatus{State: wire.ResolverOff}, nil); !errors.Is(err, admin.ErrNoResolver) {
		t.Errorf("without a resolver: %v", err)
	}
}
