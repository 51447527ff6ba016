package main

import (
	"context"
	"strings"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/admin/tui"
	"github.com/ringmend/ringmend/node/wire"
)

// screenOrders are the orders that can be given to a member on a screen.
func (p *program) screenOrders(client *admin.Client, where admin.Discoveries) []tui.Order {
	told := func(done string, order func(*admin.Client, context.Context, wire.Address) error) func(context.Context, wire.Address) (string, error) {
		return func(ctx context.Context, member wire.Address) (string, error) {
			if err := order(client, ctx, member); err != nil {
				return "", p.oneError(member, err)
			}
			return done, nil
		}
	}
	say := func(evict bool) func(context.Context, wire.Address) (string, error) {
		return func(ctx context.Context, member wire.Address) (string, error) {
			look := func(ctx context.Context) (*admin.Cluster, error) {
				hosts, err := where.Hosts()
				if err != nil {
					return nil, err
				}
				return admin.Crawl(ctx, client, hosts, p.concurrency)
			}
			cluster, err := look(ctx)
			if err != nil {
				return "", err
			}
			w := &word{member: member, evict: evict, force: true}
			if err := w.check(cluster); err != nil {
				return "", err
			}
			if err := w.tell(ctx, client, cluster, look, p.concurrency); err != nil {
				return "", err
			}
			return strings.ReplaceAll(strings.TrimSpace(render.Word(&w.outcome)), "\n", " "), nil
		}
	}
	debug := func(c *admin.Client, ctx context.Context, member wire.Address) error {
		return c.DebugSet(ctx, member, "p")
	}
	return []tui.Order{
		{Name: "leave", Key: 'l', Question: leaveQuestion, Do: told("it leaves the rings", (*admin.Client).MemberLeave)},
		{Name: "join", Key: 'j', Do: told("it is a member again", (*admin.Client).MemberJoin)},
		{Name: "evict", Key: 'e', Question: evictQuestion, Do: say(true)},
		{Name: "readmit", Key: 'R', Do: say(false)},
		{Name: "debug", Key: 'd', Do: told("it logs more now; debug-off ends that", debug)},
		{Name: "debug-off", Key: 'D', Do: told("it logs as before", (*admin.Client).DebugClear)},
	}
}
