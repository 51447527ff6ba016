package app

import (
	"io"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node"
)

// A suspect period that was not asked for does not turn adaptive detection off: only
// one that was given is fixed.
func TestDetectionIsAdaptiveUnlessAskedOtherwise(t *testing.T) {
	for _, c := range []struct {
		args      []string
		period    time.Duration // 0: the node's default
		detection node.Detection
	}{
		{nil, 0, ""},
		{[]string{"-suspect-period=5000"}, 5 * time.Second, ""},
		{[]string{"-detection=ringpop"}, 0, node.DetectionRingpop},
		{[]string{"-detection=adaptive", "-suspect-period=7000"}, 7 * time.Second, node.DetectionAdaptive},
	} {
		o, err := parse(c.args, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if p := o.protocol(); p.SuspectPeriod != c.period || p.Detection != c.detection {
			t.Errorf("%q: a period of %v and detection %q, want %v and %q", c.args, p.SuspectPeriod, p.Detection, c.period, c.detection)
		}
	}
}
