package gate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// maxBatch is how many packets are decided about with one look at the sockets.
const maxBatch = 1024

// openTimeout is how long the kernel may take to answer.
const openTimeout = 5 * time.Second

// Gate holds the queue of this network namespace. Only one can at a time.
type Gate struct {
	file  *os.File
	split *partition.Split
	nodes []int // the processes of the nodes, as last found
	buf   []byte
}

// Open takes the queue, before the rules that fill it are loaded. It fails when another
// process has the queue, when this one lacks the permission, or when the kernel has no
// queues.
func Open(split *partition.Split) (*Gate, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, fmt.Errorf("opening the queue of new connections: %w", err)
	}
	g := &Gate{file: os.NewFile(uintptr(fd), "netlink"), split: split, buf: make([]byte, 1<<18)}
	for _, m := range [][]byte{bindMessage(format.Queue), copyMessage(format.Queue)} {
		if err := g.request(m); err != nil {
			return nil, errors.Join(fmt.Errorf("opening the queue of new connections: %w", err), g.file.Close())
		}
	}
	return g, nil
}

// request sends a message and waits for the kernel's answer to it.
func (g *Gate) request(m []byte) error {
	if err := g.file.SetReadDeadline(time.Now().Add(openTimeout)); err != nil {
		return err
	}
	if _, err := g.file.Write(m); err != nil {
		return err
	}
	for {
		n, err := g.file.Read(g.buf)
		if err != nil {
			return err
		}
		if _, acks := parse(g.buf[:n]); len(acks) > 0 {
			if acks[0] != 0 {
				return unix.Errno(-acks[0])
			}
			return g.file.SetReadDeadline(time.Time{})
		}
	}
}

// Close gives the queue back. Packets that still wait are dropped.
func (g *Gate) Close() error { return g.file.Close() }

// Run decides until ctx ends, which is no error.
func (g *Gate) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		// The deadline ends the read that Run waits in.
		_ = g.file.SetReadDeadline(time.Unix(1, 0))
	})
	defer stop()
	for {
		packets, err := g.batch()
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = g.decide(packets)
		}
		if err != nil {
			return fmt.Errorf("deciding about new connections: %w", err)
		}
	}
}

// batch waits for packets and takes all that are there.
func (g *Gate) batch() ([]packet, error) {
	var all []packet
	n, err := g.file.Read(g.buf)
	for err == nil {
		packets, _ := parse(g.buf[:n])
		for _, p := range packets {
			p.head = append([]byte(nil), p.head...)
			all = append(all, p)
		}
		if len(all) >= maxBatch {
			return all, nil
		}
		n, err = g.more()
	}
	// The queue was full: what did not fit is sent again by its sender.
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENOBUFS) {
		err = nil
	}
	return all, err
}

// more reads without waiting.
func (g *Gate) more() (n int, err error) {
	raw, err := g.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	controlErr := raw.Control(func(fd uintptr) {
		n, _, err = unix.Recvfrom(int(fd), g.buf, unix.MSG_DONTWAIT)
	})
	return n, errors.Join(controlErr, err)
}

func (g *Gate) decide(packets []packet) error {
	if len(packets) == 0 {
		return nil
	}
	table, err := g.look()
	if err != nil {
		return err
	}
	judge := newJudge(g.split, table)
	for _, p := range packets {
		mark := uint32(format.Admitted)
		if f, ok := parseFlow(p.head); ok && judge.crosses(f) {
			mark = format.Refused
		}
		if _, err := g.file.Write(verdictMessage(format.Queue, p.id, verdictRepeat, mark)); err != nil {
			return err
		}
	}
	return nil
}

// look returns the sockets, with their owners as far as these are nodes. A new
// connection waits for it, and a ping gives up after 1.5 s. Therefore all processes of
// the machine are searched only when a node has become another process.
func (g *Gate) look() (sockets.Table, error) {
	table, err := sockets.ScanOf("/proc", g.nodes)
	if err != nil || listening(g.split, table) {
		return table, err
	}
	if table, err = sockets.Scan("/proc"); err != nil {
		return nil, err
	}
	g.nodes = nil
	for _, pids := range newJudge(g.split, table).pids {
		g.nodes = append(g.nodes, pids...)
	}
	slices.Sort(g.nodes)
	g.nodes = slices.Compact(g.nodes)
	return table, nil
}
