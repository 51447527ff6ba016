package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/examples/einstein/iq"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/cli/clitest"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
)

// beEinstein is set in the environment of tests that are to run the program itself, as the demo
// does in its namespaces.
const beEinstein = "RINGMEND_BE_EINSTEIN"

func TestMain(m *testing.M) {
	if os.Getenv(beEinstein) != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestAllPrograms(t *testing.T) { clitest.CheckPrograms(t, ".") }

func TestNonsenseOnTheCommandLine(t *testing.T) {
	for _, line := range []string{
		"bogus", "serve extra", "serve --downing maybe", "serve --store redis", "serve --http 0.0.0.0:8000", "serve --http x",
		"serve --downing lease-majority", "serve --stable-after -1s", "serve --hosts srv://",
		"proxy", "proxy 10.0.0.1", "proxy 10.0.0.1:1 10.0.0.1:1", "proxy --limit 0 10.0.0.1:1", "proxy --interval 0s 10.0.0.1:1", "proxy --timeout -1s 10.0.0.1:1",
		"demo --cut reset", "demo --netns --cut softly", "demo --rows many", "demo --names 0", "demo --names 1001", "demo --limit 0s", "demo --bogus",
	} {
		var out, errs bytes.Buffer
		if code := execute(t.Context(), strings.Fields(line), &out, &errs); code != cli.ExitUsage || errs.Len() == 0 {
			t.Errorf("%s: exit code %d, %s", line, code, errs.String())
		}
	}
}

// The files in deploy use flags that there are.
func TestDeploymentsUseFlagsThatThereAre(t *testing.T) {
	root := newRoot(io.Discard, io.Discard)
	known := make(map[string]bool)
	for _, name := range []string{"serve", "proxy"} {
		cmd, _, err := root.Find([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known["--"+f.Name] = true })
	}
	for file, count := range map[string]int{"compose/einstein.yml": 9, "kubernetes/einstein/kustomization.yaml": 7} {
		text, err := os.ReadFile(filepath.Join("../../deploy", file))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`[" ](--[a-z-]+)=`).FindAllStringSubmatch(string(text), -1)
		if len(found) != count {
			t.Errorf("%s: %d flags found, want %d", file, len(found), count)
		}
		for _, match := range found {
			if !known[match[1]] {
				t.Errorf("%s uses %s, which there is not", file, match[1])
			}
		}
	}
}

func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("skipped: there is no /dev/full here")
	} else if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, line := range []string{"--help", "--version", "demo --help", "completion bash", "demo --rows auto --names 3"} {
		var errs bytes.Buffer
		if code := execute(t.Context(), strings.Fields(line), full, &errs); code != cli.ExitFailed || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("%s: exit code %d, %s", line, code, errs.String())
		}
	}
}

// Three nodes on real sockets answer for a name alike, whichever is asked.
func TestServe(t *testing.T) {
	addresses := ports.Addresses(t, 6)
	members, servers := addresses[:3], addresses[3:]
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, len(members))
	for i := range members {
		args := []string{"serve", "--listen", members[i], "--http", servers[i], "--hosts", "static://" + strings.Join(members, ",")}
		go func() { ended <- execute(ctx, args, io.Discard, io.Discard) }()
	}
	for _, server := range servers {
		await.Until(t, await.Patience, func() string {
			var ready iq.Ready
			if status, err := get("http://"+server+"/readyz", &ready); err != nil || status != http.StatusOK || ready.Reachable != len(members) {
				return fmt.Sprintf("%s: status %d, %v, %+v", server, status, err, ready)
			}
			return ""
		})
	}
	var first iq.Answer
	for i, server := range servers {
		var a iq.Answer
		if status, err := get("http://"+server+"/iq/Albert", &a); err != nil || status != http.StatusOK {
			t.Fatalf("status %d, %v", status, err)
		}
		if a.ServedBy != members[i] || a.Name != "Albert" {
			t.Errorf("asked at %s: %+v", members[i], a)
		}
		a.ServedBy = ""
		if i == 0 {
			first = a
		} else if a != first {
			t.Errorf("%+v, and at first %+v", a, first)
		}
	}
	if status, _ := get("http://"+servers[0]+"/iq/%0A", nil); status != http.StatusBadRequest {
		t.Errorf("a bad name: status %d", status)
	}
	if status, _ := get("http://"+servers[0]+"/livez", nil); status != http.StatusOK {
		t.Errorf("/livez: status %d", status)
	}

	front := ports.Addresses(t, 1)[0]
	go func() {
		ended <- execute(ctx, append([]string{"proxy", "--listen", front}, servers...), io.Discard, io.Discard)
	}()
	seen := make(map[string]bool)
	await.Until(t, await.Patience, func() string {
		var a iq.Answer
		status, err := get("http://"+front+"/iq/Albert", &a)
		if err == nil && status == http.StatusOK {
			if a.IQ != first.IQ {
				t.Errorf("by the proxy: %+v", a)
			}
			seen[a.ServedBy] = true
		}
		if len(seen) < len(members) {
			return fmt.Sprintf("by the proxy: status %d, %v, by %v", status, err, seen)
		}
		return ""
	})
	cancel()
	for range len(members) + 1 {
		if code := <-ended; code != cli.ExitOK {
			t.Errorf("exit code %d", code)
		}
	}
}

func get(url string, into any) (status int, err error) {
	response, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if into == nil {
		return response.StatusCode, nil
	}
	return response.StatusCode, json.NewDecoder(response.Body).Decode(into)
}

// The demo with real processes and a real firewall, whose resets and drops are two ways to fail:
// both sides take over, or with a resolver and a store outside nothing is assigned twice. The row
// without a resolver must not pass the check.
func TestDemoInNamespaces(t *testing.T) {
	t.Parallel()
	if err := netlab.Missing(); err != nil {
		t.Skipf("skipped: %v", err)
	}
	last := "majority-etcd"
	if _, err := exec.LookPath("etcd"); err != nil {
		last = "majority"
	}
	for _, cut := range cuts {
		t.Run(cut, func(t *testing.T) {
			t.Parallel()
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(self, "demo", "--netns", "--cut="+cut, "--rows=auto,"+last, "--html="+t.TempDir())
			cmd.Env = append(os.Environ(), beEinstein+"=1")
			out, err := proc.Output(cmd)
			t.Logf("%s", out)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range []string{`auto +auto +mem +150 +0 +0 +[1-9]\d* of 50 .*FAILS`, last + ` +keep-majority +\w+ +100 +50 +0 +0 of 50 .*passes`} {
				if !regexp.MustCompile(`(?m)^` + row + `$`).Match(out) {
					t.Errorf("no row %s", row)
				}
			}
		})
	}
}
