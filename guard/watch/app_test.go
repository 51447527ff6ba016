package watch

import (
	"errors"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// The errors are those of the programs, word for word.
func TestTheNameOfTheAppIsLearnt(t *testing.T) {
	for _, test := range []struct{ program, message, app string }{
		{"ringpop-go", "A node tried joining a different app cluster. The expected app, temporal-1c0f, did not match the actual app ," + otherApp, "temporal-1c0f"},
		{"ringpop-node", "A node tried joining a different app cluster. The expected app (orders, v2) did not match the actual app (" + otherApp + ").", "orders, v2"},
		{"ringmend", `node of another app: this is "orders", not "` + otherApp + `"`, "orders"},
		{"ringpop-go, an odd name", "The expected app, a, did not match the actual app ,b, did not match the actual app ," + otherApp, "a, did not match the actual app ,b"},
	} {
		app, err := appIn(nil, &wire.RemoteError{Message: test.message})
		if err != nil || app != test.app {
			t.Errorf("%s: %q, %v", test.program, app, err)
		}
	}
	if app, err := appIn(&wire.JoinResponse{App: "any"}, nil); err != nil || app != "any" {
		t.Errorf("a node that minds no app: %q, %v", app, err)
	}
	if _, err := appIn(nil, &wire.RemoteError{Message: "go away"}); !errors.Is(err, ErrApp) {
		t.Errorf("a refusal that names none: %v", err)
	}
	timeout := errors.New("timeout")
	if _, err := appIn(nil, timeout); !errors.Is(err, timeout) {
		t.Errorf("no answer: %v", err)
	}
}
