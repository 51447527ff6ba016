package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// names resolves a name as it is told to, and notes when it was asked.
type names struct {
	begin  time.Time
	answer []string // one for each question, the last one for all that follow; "" is an error
	asked  []time.Duration
}

func (n *names) lookup(context.Context, string, string) ([]netip.Addr, error) {
	answer := n.answer[min(len(n.asked), len(n.answer)-1)]
	n.asked = append(n.asked, time.Since(n.begin))
	if answer == "" {
		return nil, errors.New("no such host")
	}
	return []netip.Addr{netip.MustParseAddr(answer)}, nil
}

func TestANameIsResolvedAgainUntilItCanBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		n := &names{begin: time.Now(), answer: []string{"", "", "", "10.0.0.1", "10.0.0.2", "", "10.0.0.3"}}
		s, err := newUDPSender("statsd.example:8125", n.lookup, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		// The times at which it is asked: back-off, then once a minute, and sooner
		// again after a failure.
		want := []time.Duration{0, 1, 3, 7, 67, 127, 128, 188}
		for i := range want {
			want[i] *= time.Second
		}
		address := []string{"", "", "", "10.0.0.1:8125", "10.0.0.2:8125", "10.0.0.2:8125", "10.0.0.3:8125"}
		for i, at := range want[:len(want)-1] {
			time.Sleep(time.Until(n.begin.Add(at + time.Millisecond)))
			synctest.Wait()
			got := ""
			if to := s.to.Load(); to != nil {
				got = to.String()
			}
			if got != address[i] {
				t.Errorf("after %v metrics go to %q, want %q", at, got, address[i])
			}
			if _, err := s.Send([]byte("a:1|c")); address[i] == "" && !errors.Is(err, errUnresolved) {
				t.Errorf("after %v a metric is sent: %v", at, err)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !slices.Equal(n.asked, want) {
			t.Errorf("asked after %v, want %v", n.asked, want)
		}
		if text := log.String(); strings.Count(text, "level=WARN") != 1 || strings.Count(text, "is resolved") != 1 {
			t.Errorf("want one warning, and its end:\n%s", text)
		}
	})
}

func TestTheBackOffHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &names{begin: time.Now(), answer: []string{""}}
		s, err := newUDPSender("statsd.example:8125", n.lookup, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		last := len(n.asked) - 1
		if pause := n.asked[last] - n.asked[last-1]; pause != lastPause {
			t.Errorf("asked every %v in the end, want %v", pause, lastPause)
		}
	})
}

// An address is no name: no resolver is asked.
func TestAddressesNeedNoResolver(t *testing.T) {
	for hostPort, want := range map[string]string{
		"127.0.0.1:8125": "127.0.0.1:8125", "[::1]:8125": "[::1]:8125", ":8125": "127.0.0.1:8125",
	} {
		s, err := newUDPSender(hostPort, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.to.Load().String(); got != want {
			t.Errorf("%s: metrics go to %s, want %s", hostPort, got, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, nonsense := range []string{"", "nonsense", "a:b:c", "host:99999", "host:", "host:no-such-service"} {
		if s, err := newUDPSender(nonsense, nil, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%q is taken: %v", nonsense, s.to.Load())
		}
	}
}

func TestMetricsArriveAtAName(t *testing.T) {
	collector, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer collector.Close()
	_, port, _ := net.SplitHostPort(collector.LocalAddr().String())
	n := &names{answer: []string{"127.0.0.1"}}
	s, err := newUDPSender("statsd.example:"+port, n.lookup, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := collector.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for {
			if _, err := s.Send([]byte("a:1|c")); err == nil {
				return
			}
		}
	}()
	packet := make([]byte, 100)
	length, _, err := collector.ReadFrom(packet)
	if err != nil || string(packet[:length]) != "a:1|c" {
		t.Errorf("got %q, %v", packet[:length], err)
	}
	<-sent
}
