package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/guard/watch"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// keptConnections is how many nodes keep their connection from one look to the next.
const keptConnections = 2048

// guard watches until ctx ends.
func (p *program) guard(ctx context.Context, where admin.Discoveries) (err error) {
	logger, err := p.logger()
	if err != nil {
		return err
	}
	if _, err := where.Hosts(); err != nil {
		return err
	}
	transport, err := tchan.New(tchan.Options{Service: p.service, MaxCallees: keptConnections})
	if err != nil {
		return fmt.Errorf("starting the transport: %w", err)
	}
	defer transport.Close()
	last := ""
	w, err := watch.New(watch.Config{
		Caller:  transport,
		Hosts:   func(context.Context) ([]wire.Address, error) { return where.Hosts() },
		Mode:    watch.Mode(p.mode),
		Every:   p.every,
		Timeout: p.timeout,
		App:     p.app,
		Logger:  logger,
		Looked: func(s *watch.State) {
			line := ""
			if s.Err != nil {
				line = s.Err.Error()
			} else {
				line = strings.TrimSpace(render.Verdict(s.Verdict))
			}
			if line != last {
				fmt.Fprintln(p.stdout, s.At.Format(time.TimeOnly), line)
				last = line
			}
		},
	})
	if err != nil {
		return err
	}
	w.Run(ctx)
	return nil
}
