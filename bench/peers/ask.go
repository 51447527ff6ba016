package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// asker asks processes for their membership.
type asker struct{ client *tchan.Transport }

// askTimeout is how long one of them has to answer.
const askTimeout = time.Second

func newAsker() (*asker, error) {
	client, err := tchan.New(tchan.Options{})
	return &asker{client}, err
}

func (a *asker) close() { _ = a.client.Close() }

// ask returns how many members a node holds for running, and its checksum.
func (a *asker) ask(ctx context.Context, program, address string) (members int, checksum uint32, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if program == memberList {
		members, err := askMemberpop(ctx, address)
		return members, 0, err
	}
	body, err := a.client.Call(ctx, address, wire.EndpointStats, nil)
	if err != nil {
		return 0, 0, err
	}
	var stats wire.Stats
	if err := wire.Unmarshal(body, &stats); err != nil {
		return 0, 0, err
	}
	for i := range stats.Membership.Members {
		if stats.Membership.Members[i].Status.Pingable() {
			members++
		}
	}
	return members, stats.Membership.Checksum, nil
}

func askMemberpop(ctx context.Context, address string) (int, error) {
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	deadline, _ := ctx.Deadline()
	_ = c.SetDeadline(deadline)
	text, err := io.ReadAll(io.LimitReader(c, 32))
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%s says %q", address, text)
	}
	return n, nil
}
