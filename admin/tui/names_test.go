package tui

import (
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

func TestNamesAreAsShortAsTellsMembersApart(t *testing.T) {
	tests := []struct {
		what    string
		members []wire.Address
		width   int
		want    string
	}{
		{"one host", []wire.Address{"127.0.0.1:3000", "127.0.0.1:3001"}, 80, "3000, 3001"},
		{"one port", []wire.Address{"10.0.0.2:3000", "10.0.0.10:3000"}, 80, "10.0.0.2, 10.0.0.10"},
		{"IPv6, one port", []wire.Address{"[fd00::11]:3000", "[fd00::12]:3000"}, 80, "fd00::11, fd00::12"},
		{"neither", []wire.Address{"10.0.0.2:3000", "10.0.0.3:3001"}, 80, "10.0.0.2:3000, 10.0.0.3:3001"},
		{"one member", []wire.Address{"10.0.0.2:3000"}, 80, "10.0.0.2:3000"},
		{"all fit", []wire.Address{"a:1", "a:2", "a:3", "a:4"}, len("1, 2, 3, 4"), "1, 2, 3, 4"},
		{"not all fit", []wire.Address{"a:1001", "a:1002", "a:1003", "a:1004"}, len("1001, 1002 and 2 more"), "1001, 1002 and 2 more"},
		{"none fits", []wire.Address{"a:1001", "a:1002", "a:1003", "a:1004"}, 10, "4"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			if got := namingOf(test.members).names(test.members, test.width); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
