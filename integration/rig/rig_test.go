package rig_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/integration/rig"
)

func TestUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		began := time.Now()
		err := rig.Until(time.Minute, func() error {
			if tries++; tries < 5 {
				return errors.New("not yet")
			}
			return nil
		})
		if took := time.Since(began); err != nil || tries != 5 || took > time.Second {
			t.Errorf("%v after %d tries and %v", err, tries, took)
		}
		never := errors.New("never")
		began = time.Now()
		if err := rig.Until(time.Minute, func() error { return never }); err != never || time.Since(began) < time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestPauseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if err := rig.Pause(t.Context(), time.Hour); err != nil {
			t.Error(err)
		}
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stop)
		if err := rig.Pause(ctx, time.Hour); err != stop {
			t.Errorf("ended by %v", err)
		}
	})
}

func TestMachine(t *testing.T) {
	memory, files, err := rig.Occupied(os.Getpid())
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("skipped: there is no /proc here: %v", err)
	}
	if err != nil || memory < 1<<20 || files < 3 {
		t.Errorf("this process occupies %d bytes and has %d open files, %v", memory, files, err)
	}
	if loads := rig.Loads(); strings.Count(loads, ", ") != 2 {
		t.Errorf("loads %q", loads)
	}
}
