package app

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	ringmend "github.com/ringmend/ringmend/node/statsd"
)

// flushUDP is the longest time that a metric waits for others to share a packet with,
// and maxPacket the size in bytes of a packet that networks do not break up.
const (
	flushUDP  = 300 * time.Millisecond
	maxPacket = 1432
)

// newStatter sends to a file or over UDP; it returns nil when neither is wanted.
func newStatter(o *options, log *slog.Logger) (statsd.Statter, error) {
	var sender statsd.Sender
	switch {
	case o.statsFile != "":
		file, err := os.Create(o.statsFile)
		if err != nil {
			return nil, fmt.Errorf("stats file: %w", err)
		}
		sender = newFileSender(file, log)
	case o.statsUDP != "":
		udp, err := newUDPSender(o.statsUDP, net.DefaultResolver.LookupNetIP, log)
		if err == nil {
			sender, err = statsd.NewBufferedSenderWithSender(udp, flushUDP, maxPacket)
		}
		if err != nil {
			return nil, fmt.Errorf("stats over UDP to %s: %w", o.statsUDP, err)
		}
	default:
		return nil, nil
	}
	return statsd.NewClientWithSender(sender, ringmend.Prefix(o.listen), statsd.SuffixOctothorpe)
}
