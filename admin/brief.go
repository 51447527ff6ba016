package admin

import (
	"context"
	"fmt"

	"github.com/ringmend/ringmend/node/wire"
)

// Brief returns what a node of ringmend tells of itself in few words. Others refuse: the
// error then wraps [wire.ErrNoEndpoint].
func (c *Client) Brief(ctx context.Context, node wire.Address) (*wire.Brief, error) {
	var brief wire.Brief
	if err := c.callOurs(ctx, node, wire.EndpointBrief, nil, &brief); err != nil {
		return nil, err
	}
	if brief.Version != wire.BriefVersion {
		return nil, badAnswer(node, wire.EndpointBrief, fmt.Errorf("version %d, this program knows %d", brief.Version, wire.BriefVersion))
	}
	return &brief, nil
}

// Briefing is what one node answered: Brief, or why there is none.
type Briefing struct {
	Address wire.Address
	Brief   *wire.Brief
	Err     error
}

// Briefs asks nodes, at most concurrency of them at a time, and returns their answers in the
// order of the nodes.
func Briefs(ctx context.Context, c *Client, nodes []wire.Address, concurrency int) []Briefing {
	list := make([]Briefing, len(nodes))
	each(len(nodes), concurrency, func(i int) {
		brief, err := c.Brief(ctx, nodes[i])
		list[i] = Briefing{nodes[i], brief, err}
	})
	return list
}
