package watch

import (
	"errors"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// The errors are those of the programs, word for word.
func TestTheNameOfTheAppIsLearnt(t *testing.T) {
	for _, test := range []struct {
		program, message, app string
		aliases               bool
	}{
		{"ringpop-go", "A node tried joining a different app cluster. The expected app, temporal-1c0f, did not match the actual app ," + otherApp, "temporal-1c0f", true},
		{"ringpop-node", "A node tried joining a different app cluster. The expected app (orders, v2) did not match the actual app (" + otherApp + ").", "orders, v2", false},
		{"ringmend", `node of another app: this is "orders", not "` + otherApp + `"`, "orders", false},
		{"ringpop-go, an odd name", "The expected app, a, did not match the actual app ,b, did not match the actual app ," + otherApp, "a, did not match the actual app ,b", true},
	} {
		l, err := learnFrom(nil, &wire.RemoteError{Message: test.message})
		if err != nil || l.app != test.app || l.aliases != test.aliases {
			t.Errorf("%s: %+v, %v", test.program, l, err)
		}
	}
	if l, err := learnFrom(&wire.JoinResponse{App: "any"}, nil); err != nil || l.app != "any" || l.aliases {
		t.Errorf("a node that minds no app: %+v, %v", l, err)
	}
	if _, err := learnFrom(nil, &wire.RemoteError{Message: "go away"}); !errors.Is(err, ErrApp) {
		t.Errorf("a refusal that names none: %v", err)
	}
	timeout := errors.New("timeout")
	if _, err := learnFrom(nil, timeout); !errors.Is(err, timeout) {
		t.Errorf("no answer: %v", err)
	}
}

func TestAddressesAreSpelledInAnotherWay(t *testing.T) {
	for address, want := range map[wire.Address]wire.Address{
		"10.77.5.2:3000":   "[::ffff:10.77.5.2]:3000",
		"[fd00::1]:3000":   "[fd00:0000:0000:0000:0000:0000:0000:0001]:3000",
		"[fe80::1%eth0]:1": "[fe80::1%eth0]:1",
		"pod-1.orders:300": "pod-1.orders:300",
	} {
		if got := alias(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
