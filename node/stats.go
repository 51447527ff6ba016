package node

import (
	"context"
	"os"
	"time"

	"github.com/ringmend/ringmend/node/internal/stats"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// tchannelVersion is the version of the TChannel protocol.
const tchannelVersion = "2"

// meters measure the rates of protocol calls.
type meters struct {
	client stats.Meter // made
	server stats.Meter // answered
}

func (n *Node) adminStats(context.Context) (any, error) { return n.Stats(), nil }

func (n *Node) adminHealStats(context.Context) (any, error) { return n.HealStats(), nil }

// Stats returns the figures that /admin/stats shows.
func (n *Node) Stats() *wire.Stats {
	n.mu.Lock()
	machine := n.core.Node()
	checksum := machine.Checksum()
	members := machine.Members()
	pings := machine.Durations()
	period := machine.Period()
	ring := n.ring
	n.mu.Unlock()

	now := time.Now()
	client, server := n.meters.client.Rate(now), n.meters.server.Rate(now)
	return &wire.Stats{
		Membership: wire.MembershipStats{Checksum: checksum, Members: members},
		Process:    wire.ProcessStats{Memory: stats.Memory(), PID: os.Getpid()},
		Protocol: wire.ProtocolStats{
			Timing:       stats.Timing(pings),
			ProtocolRate: float64(period),
			ClientRate:   client,
			ServerRate:   server,
			TotalRate:    client + server,
		},
		Ring: wire.RingStats{
			Checksum:  ring.Checksum(),
			Checksums: map[string]uint32{"replica": ring.ReplicaChecksum()},
			Servers:   ring.Servers(),
		},
		Version:         Version,
		Timestamp:       float64(now.Unix()),
		Uptime:          float64(now.Sub(n.started)),
		TChannelVersion: tchannelVersion,
	}
}

// HealStats returns the figures of healing that [wire.EndpointHealStats] shows.
func (n *Node) HealStats() *wire.HealStats {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.healing.Snapshot()
	s.Version = wire.HealStatsVersion
	s.Address = string(n.address)
	s.Since = n.started
	n.core.Node().Each(func(m *swim.Member) bool {
		switch {
		case m.Status.Pingable():
			s.Now.Reachable++
		case m.Status == wire.Faulty:
			s.Now.Faulty++
		case m.Status == wire.Tombstone:
			s.Now.Tombstones++
		}
		return true
	})
	return s
}

// ReasonOf classifies the error of a protocol call, which must not be nil.
func ReasonOf(err error) wire.Reason { return stats.ReasonOf(err) }
