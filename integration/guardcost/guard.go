package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/integration/scrape"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// ring answers for many nodes, each at an address of its own.
type ring struct {
	addresses  []string
	transports []*tchan.Transport
}

func startRing(n int) (*ring, error) {
	r := new(ring)
	var members []wire.Member
	for i := range n {
		address := fmt.Sprintf("127.77.%d.%d:3000", i/200, i%200+1)
		r.addresses = append(r.addresses, address)
		members = append(members, wire.Member{Address: wire.Address(address), Incarnation: 1795866752639})
	}
	body, err := wire.Marshal(&wire.Stats{Membership: wire.MembershipStats{Checksum: wire.Checksum(wire.FlavourGo, members), Members: members}})
	if err != nil {
		return nil, err
	}
	for _, address := range r.addresses {
		t, err := tchan.New(tchan.Options{})
		if err == nil {
			err = t.Listen(address, func(_ context.Context, _ netip.AddrPort, endpoint string, _ []byte) ([]byte, error) {
				if endpoint == wire.EndpointStats {
					return body, nil
				}
				return nil, fmt.Errorf("not here: %s", endpoint)
			})
		}
		if err != nil {
			r.close()
			return nil, err
		}
		r.transports = append(r.transports, t)
	}
	return r, nil
}

func (r *ring) close() {
	for _, t := range r.transports {
		t.Close()
	}
}

// cost is what a guard has spent.
type cost struct {
	cpu    time.Duration
	memory int64   // bytes, at its end
	bytes  float64 // received and sent
	looks  float64
}

// guard runs a guard for a while, after its first look.
func (o *options) guard(ctx context.Context, program, first string, every time.Duration) (c cost, err error) {
	address, port, err := free.Take("127.0.0.1")
	if err != nil {
		return c, err
	}
	defer free.Release(port)
	args := []string{"--every=" + every.String(), "--http=" + address, "--log=none", "--quiet", "--app=cost", first}
	p, err := proc.Start(proc.Spec{Path: program, Args: args, Output: proc.To(os.Stderr)})
	if err != nil {
		return c, err
	}
	defer p.Kill()
	var before, after map[string]float64
	if err := rig.Until(patience, func() error {
		if before, err = scrape.Metrics(ctx, address); err == nil && before["ringmend_guard_partitions"] != 1 {
			err = fmt.Errorf("no ring is seen: %v", before["ringmend_guard_partitions"])
		}
		return err
	}); err != nil {
		return c, err
	}
	began, err := cpuOf(p.PID)
	if err != nil {
		return c, err
	}
	time.Sleep(o.span)
	ended, err := cpuOf(p.PID)
	if err != nil {
		return c, err
	}
	if after, err = scrape.Metrics(ctx, address); err != nil {
		return c, err
	}
	grown := func(name string) float64 { return after[name] - before[name] }
	return cost{
		cpu: ended - began, memory: int64(after["process_resident_memory_bytes"]),
		bytes: grown(`ringmend_guard_call_bytes_total{endpoint="/admin/stats"}`),
		looks: grown(`ringmend_guard_looks_total{result="ok"}`),
	}, nil
}
