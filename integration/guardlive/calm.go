package guardlive

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/integration/scrape"
)

// Calm starts a ring and a guard that may heal, leaves them alone until the guard has
// looked so many times, and returns how often it has called which endpoint.
func (l *Lab) Calm(ring string, looks int) (map[string]int, error) {
	const address = "127.0.0.1:7951" // of namespaces of our own
	dir, err := os.MkdirTemp("", "ringmend-guardlive-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	r := &run{Lab: l, Scenario: Scenario{Ring: ring, Flags: []string{"--mode=heal", "--http=" + address, "--log=text"}}}
	if err := r.start(dir); err != nil {
		return nil, err
	}
	defer r.nodes.Stop()
	if err := r.guard(filepath.Join(dir, "guard.log"), Router, hostsFile(dir)); err != nil {
		return nil, err
	}
	defer r.stopGuards()
	var calls map[string]int
	err = rig.Until(patience+time.Duration(looks)*2*time.Second, func() error {
		seen, counted, err := metrics(address)
		if err == nil && seen < looks {
			err = fmt.Errorf("%d looks, not %d", seen, looks)
		}
		calls = counted
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, r.logged())
	}
	return calls, nil
}

// metrics returns how often a guard has looked, and how often it has called which
// endpoint.
func metrics(address string) (looks int, calls map[string]int, err error) {
	values, err := scrape.Metrics(context.Background(), address)
	if err != nil {
		return 0, nil, err
	}
	calls = make(map[string]int)
	for name, n := range values {
		if rest, found := strings.CutPrefix(name, `ringmend_guard_calls_total{endpoint="`); found {
			calls[strings.TrimSuffix(rest, `"}`)] = int(n)
		}
	}
	return int(values[`ringmend_guard_looks_total{result="ok"}`]), calls, nil
}
