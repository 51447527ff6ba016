package core

import (
	"errors"
	"testing"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

func TestReportsOfAnotherAppAreRefused(t *testing.T) {
	r := &resolving{app: "test"}
	for app, want := range map[string]error{"test": nil, "": nil, "other": swim.ErrOtherApp} {
		if _, err := r.reportOf(&wire.ResolveResponse{State: "stable", App: app}, nil); !errors.Is(err, want) {
			t.Errorf("of app %q: %v", app, err)
		}
	}
}
