package core

import (
	"errors"
	"testing"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

func TestReportsOfAnotherAppAreRefused(t *testing.T) {
	for _, required := range []bool{false, true} {
		cfg := DefaultConfig("test", "10.0.0.1:3000")
		cfg.Swim.RequireApp = required
		cfg.Resolve.Strategy = resolve.KeepMajority
		c, err := New(cfg, time.UnixMilli(1_700_000_000_000))
		if err != nil {
			t.Fatal(err)
		}
		none := error(nil)
		if required {
			none = swim.ErrOtherApp
		}
		for app, want := range map[string]error{"test": nil, "": none, "other": swim.ErrOtherApp} {
			_, err := c.resolving.reportOf("10.0.0.2:3000", &wire.ResolveResponse{State: "stable", App: app}, nil)
			if !errors.Is(err, want) {
				t.Errorf("of app %q, where one is required: %v: %v", app, required, err)
			}
		}
	}
}
