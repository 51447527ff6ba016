package system

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/workload"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// The strategies of ringmend's resolver that need no setting but the number of nodes.
var _, _, _, _ = register(resolverKind("keep-majority")), register(resolverKind("static-quorum")),
	register(resolverKind("keep-oldest")), register(resolverKind("lease-majority"))

// resolverKind is ringmend with a resolver: a node that is fenced accepts nothing.
func resolverKind(strategy string) *Kind {
	return &Kind{
		Name: "ringmend+" + strategy, About: "ringmend's testpop with its resolver, " + strategy,
		Model: Owner, Refuses: ringpopRefuses, Find: findTestpop("ringmend", "github.com/ringmend/ringmend/node/testpop"),
		New: func(c *result.Config, env Env) (System, error) {
			s, err := newRingpop("ringmend")(c, env)
			if err != nil {
				return nil, err
			}
			flags := []string{"--resolver=" + strategy, "--resolver-stable-after=" + stableAfter.String()}
			switch strategy {
			case "static-quorum":
				flags = append(flags, fmt.Sprintf("--resolver-quorum=%d", c.Nodes/2+1))
			case "lease-majority":
				// A file that all nodes reach, whatever is cut.
				flags = append(flags, "--resolver-lease=file:"+filepath.Join(env.Nodes[0].Dir, "lease"))
			}
			return &resolving{s.(*ringpop), flags}, nil
		},
	}
}

// stableAfter is what the resolver's documents give for clusters of up to 10 nodes.
const stableAfter = 10 * time.Second

// resolving is a cluster of nodes with resolvers.
type resolving struct {
	*ringpop
	flags []string
}

func (s *resolving) Command(node int) Command {
	c := s.ringpop.Command(node)
	c.Args = append(c.Args, s.flags...)
	return c
}

// Do is the operation of the cluster, but a node that may not serve refuses every request,
// and accepts nothing.
func (s *resolving) Do(ctx context.Context, op *workload.Planned) workload.Answer {
	client := s.clients[op.Client]
	if a := s.serves(ctx, client, op.Node); a.Outcome != result.OK {
		return a
	}
	answer := s.ringpop.Do(ctx, op)
	if answer.Outcome != result.OK {
		return answer
	}
	a := s.serves(ctx, client, answer.Owner-1)
	if a.Outcome != result.OK {
		return a
	}
	answer.Epoch = a.Epoch
	return answer
}

// serves asks a node whether it may serve.
func (s *resolving) serves(ctx context.Context, client *tchan.Transport, node int) workload.Answer {
	status, err := resolveStatus(ctx, client, wire.Address(s.address(node)))
	switch {
	case err != nil:
		return lookupFailure(node, err)
	case status.Refuses != "":
		return workload.Answer{Outcome: result.Failed, Error: fmt.Sprintf("node %d refuses: %s", node+1, status.Refuses)}
	}
	return workload.Answer{Outcome: result.OK, Epoch: status.Epoch}
}

func resolveStatus(ctx context.Context, client *tchan.Transport, node wire.Address) (status wire.ResolveStatus, err error) {
	err = call(ctx, client, node, wire.EndpointResolve, struct{}{}, &status)
	return status, err
}

func (s *resolving) State(ctx context.Context, node int) (State, error) {
	state, err := s.ringpop.State(ctx, node)
	if err != nil {
		return state, err
	}
	status, err := resolveStatus(ctx, s.selves[node], wire.Address(s.address(node)))
	if err != nil {
		return state, err
	}
	state.Resolver = "serving"
	if status.Refuses != "" {
		state.Resolver = status.State
		state.Owns = func(string) bool { return false }
	}
	return state, nil
}

// Ready waits for all nodes to serve, too.
func (s *resolving) Ready(states []State) error {
	if err := s.ringpop.Ready(states); err != nil {
		return err
	}
	for i, state := range states {
		if state.Resolver != "serving" {
			return fmt.Errorf("node %d does not serve yet: it is %s", i+1, state.Resolver)
		}
	}
	return nil
}
