package app

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"
	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// lines keeps the metrics that are sent.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Send(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(data))
	return len(data), nil
}

func (l *lines) Close() error { return nil }

// Every step of a heal has its metric.
func TestMetricsOfHealing(t *testing.T) {
	refused := fmt.Errorf("dial: %w", syscall.ECONNREFUSED)
	for _, test := range []struct {
		event node.Event
		want  string
	}{
		{heal.PartitionSuspected{Faulty: 2}, "heal.suspected:1|c"},
		{heal.PaceChanged{Interval: 2 * time.Second}, "heal.interval:2000|g"},
		{heal.Attempt{}, "heal.probe:1|c"},
		{heal.Failed{Err: refused}, "heal.attempt:1|c heal.probe-failed.refused:1|c"},
		{heal.Reached{}, "heal.attempt:1|c heal.reached:1|c"},
		{heal.Reincarnating{Ours: 2, Theirs: 3}, "heal.reincarnate.ours:2|c heal.reincarnate.theirs:3|c"},
		{heal.Reincarnating{Ours: 2, Theirs: 3, Err: errors.New("x")}, "heal.reincarnate.ours:2|c heal.reincarnate-failed.other:1|c"},
		{heal.Merged{Took: 1500 * time.Millisecond}, "heal.merge:1|c heal.probe-to-merge:1500|ms"},
		{heal.Merged{Err: refused}, "heal.merge-failed.refused:1|c"},
		{heal.PartitionHealed{After: 30 * time.Second}, "heal.whole:1|c heal.suspected-to-whole:30000|ms"},
		{node.Called{Endpoint: wire.EndpointJoin, Purpose: swim.HealAttempt, Sent: 50, Received: 2000}, "join:0|ms heal.bytes-out:50|c heal.bytes-in:2000|c"},
		{node.Called{Endpoint: wire.EndpointPing, Sent: 50, Received: 50}, "ping.send:1|c ping:0|ms"},
		{node.Called{Endpoint: wire.EndpointJoin, Purpose: swim.HealAttempt, Sent: 50, Err: refused}, ""},
	} {
		sent := new(lines)
		client, err := statsd.NewClientWithSender(sent, "", statsd.SuffixOctothorpe)
		if err != nil {
			t.Fatal(err)
		}
		(&reporter{client}).listen(test.event)
		if diff := cmp.Diff(test.want, strings.Join(sent.all, " ")); diff != "" {
			t.Errorf("%+v: %s", test.event, diff)
		}
	}
}
