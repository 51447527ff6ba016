package discovery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/proc"
)

// script writes a program for the shell.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hosts")
	if err := proc.WriteProgram(path, "#!/bin/sh\n"+text); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExec(t *testing.T) {
	for text, want := range map[string]string{
		`echo '["10.0.0.1:3000", "db-2:3000"]'`:          "[10.0.0.1:3000 db-2:3000]",
		"echo 10.0.0.1:3000; echo; echo '# a'; echo b:2": "[10.0.0.1:3000 b:2]",
		`echo '[::1]:3000'`:                              "[[::1]:3000]",
		`echo $1:3000`:                                   "[argument:3000]",
		`true`:                                           "[]",
		`echo '[]'`:                                      "[]",
		`echo nonsense`:                                  `bad list of hosts: line 1`,
		`echo '["a:1"'`:                                  `bad list of hosts`,
		`echo a:1; echo no such zone >&2; exit 3`:        `exit status 3: "no such zone"`,
		`yes x | head -100000 >&2; exit 1`:               `exit status 1`,
		`yes a:1`:                                        `more than`,
	} {
		path := script(t, text)
		ctx, cancel := context.WithCancel(t.Context())
		if text == "yes a:1" {
			text = "endless"
			path = script(t, "yes aaaaaaaaaaaaaaaa:1 | head -c 9000000")
		}
		hosts, err := Exec{path, "argument"}.Hosts(ctx)
		cancel()
		got := fmt.Sprint(hosts)
		if err != nil {
			got = err.Error()
			if strings.Contains(want, "bad list") != errors.Is(err, ErrHosts) && text != "endless" {
				t.Errorf("%s: %v, an ErrHosts or not", text, err)
			}
		}
		if !strings.Contains(got, want) || len(got) > 1000 {
			t.Errorf("%s: %.300s, want %s", text, got, want)
		}
	}
	if _, err := (Exec{"/nowhere/hosts"}).Hosts(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no program: %v", err)
	}
}

// A program that hangs is killed when the time is over, and so is the wait for what it
// has started.
func TestExecHangs(t *testing.T) {
	path := script(t, "sleep 1000 &\nsleep 1000\n")
	ctx, cancel := context.WithCancelCause(t.Context())
	over := errors.New("the time is over")
	cancel(over)
	if hosts, err := (Exec{path}).Hosts(ctx); !errors.Is(err, over) {
		t.Errorf("%v, %v", hosts, err)
	}
}
