package cactus_test

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
	ringmend "github.com/ringmend/ringmend/node/statsd"
	"github.com/ringmend/ringmend/node/statsd/cactus"
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

// What happens has a metric, under the name that ringpop-go uses where it has one.
func TestMetrics(t *testing.T) {
	refused := fmt.Errorf("dial: %w", syscall.ECONNREFUSED)
	for _, test := range []struct {
		event node.Event
		want  string
	}{
		{heal.PartitionSuspected{Faulty: 2}, "heal.suspected:1|c"},
		{heal.PaceChanged{Interval: 2 * time.Second}, "heal.interval:2000|g"},
		{heal.Attempt{}, "heal.probe:1|c heal.triggered:1|c"},
		{heal.Attempt{Again: true}, "heal.probe:1|c"},
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
		{node.Served{Endpoint: wire.EndpointPing, Err: refused}, "ping.recv:1|c ping.refused:1|c"},
		{node.Served{Endpoint: "/protocol/nonsense", Err: refused}, ""},
		{node.RingChanged{Servers: 3, Added: []string{"a"}, Removed: []string{"b", "c"}}, "ring.changed:1|c ring.server-added:1|c ring.server-removed:2|c num-members:3|g"},
		{swim.Joined{}, "join.complete:1|c join.succeeded:1|c"},
		{swim.JoinWaiting{Attempt: 2}, "join.retries:2|g"},
		{node.ChecksumChanged{Checksum: 7}, "checksum:7|g membership.checksum-computed:1|c"},
		{node.Called{Endpoint: wire.EndpointPing, Purpose: swim.Relay}, "ping.send:1|c ping:0|ms ping-req-ping:0|ms"},
		{node.Served{Endpoint: wire.EndpointPingReq, Err: swim.ErrNotReady}, "ping-req.recv:1|c ping-req.refused:1|c not-ready.ping-req:1|c"},
	} {
		sent := new(lines)
		client, err := statsd.NewClientWithSender(sent, "", statsd.SuffixOctothorpe)
		if err != nil {
			t.Fatal(err)
		}
		ringmend.Listener(cactus.Sink(client))(test.event)
		if diff := cmp.Diff(test.want, strings.Join(sent.all, " ")); diff != "" {
			t.Errorf("%+v: %s", test.event, diff)
		}
	}
}

func TestPrefix(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:3000":  "ringpop.127_0_0_1_3000",
		"[fd00::1]:3000":  "ringpop.fd00__1_3000",
		"db-1.local:3000": "ringpop.db-1_local_3000",
	} {
		if got := ringmend.Prefix(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
