package system

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/workload"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// The strategies of ringmend's resolver that need no setting but the number of nodes.
var _, _, _, _ = register(resolverKind("keep-majority")), register(resolverKind("static-quorum")),
	register(resolverKind("keep-oldest")), register(resolverKind("lease-majority"))

// resolverKind is ringmend with a resolver. Its operations are those of an application: who
// is asked serves the key if it accepts it, and otherwise sends the request to the owner,
// which serves it if it does.
func resolverKind(strategy string) *Kind {
	return &Kind{
		Name: "ringmend+" + strategy, About: "ringmend's testpop with its resolver, " + strategy,
		Model: Owner, Refuses: ringpopRefuses, Find: findBuilt("ringmend", "github.com/ringmend/ringmend/node/testpop"),
		New: func(c *result.Config, env Env) (System, error) {
			s, err := newRingpop("ringmend")(c, env)
			if err != nil {
				return nil, err
			}
			flags := []string{"--resolver=" + strategy, "--resolver-stable-after=" + c.StableAfter.String()}
			if c.Handover != result.HandoverOff {
				flags = append(flags, "--resolver-handover="+c.Handover)
			}
			switch strategy {
			case "static-quorum":
				flags = append(flags, fmt.Sprintf("--resolver-quorum=%d", c.Nodes/2+1))
			case "lease-majority":
				// A file that all nodes reach, whatever is cut.
				flags = append(flags, "--resolver-lease=file:"+filepath.Join(env.Nodes[0].Dir, "lease"))
			}
			return &resolving{s.(*ringpop), flags, env.Keys}, nil
		},
	}
}

// resolving is a cluster of nodes with resolvers.
type resolving struct {
	*ringpop
	flags []string
	keys  []string // whose owners are looked at
}

func (s *resolving) Command(node int) Command {
	c := s.ringpop.Command(node)
	c.Args = append(c.Args, s.flags...)
	return c
}

// notOwner is why a node refuses a key that it holds to be another's.
const notOwner = "not-owner"

// Do is the operation of an application that asks Accept, at the node it is sent to and then
// at the owner. A node that may not serve sends requests nowhere.
func (s *resolving) Do(ctx context.Context, op *workload.Planned) workload.Answer {
	client := s.clients[op.Client]
	answer, why := s.accepted(ctx, client, op.Node, op.Key)
	if why != notOwner {
		return answer
	}
	owner, err := lookup(ctx, client, wire.Address(s.address(op.Node)), op.Key)
	if err != nil {
		return lookupFailure(op.Node, err)
	}
	node, known := s.byAddr[owner]
	if !known {
		return unknownOwner(owner)
	}
	answer, _ = s.accepted(ctx, client, node, op.Key)
	return answer
}

// accepted asks a node to serve a key, and returns why it does not.
func (s *resolving) accepted(ctx context.Context, client *tchan.Transport, node int, key string) (workload.Answer, string) {
	a, err := accept(ctx, client, wire.Address(s.address(node)), []string{key})
	if err != nil {
		return lookupFailure(node, err), ""
	}
	if why, refused := a.Refused[key]; refused {
		return workload.Answer{Outcome: result.Failed, Error: fmt.Sprintf("node %d refuses: %s", node+1, why)}, why
	}
	return workload.Answer{Outcome: result.OK, Owner: node + 1, Epoch: a.Epoch}, ""
}

func accept(ctx context.Context, client *tchan.Transport, node wire.Address, keys []string) (answer wire.AcceptResponse, err error) {
	err = call(ctx, client, node, wire.EndpointAccept, wire.AcceptRequest{Keys: keys}, &answer)
	return answer, err
}

// State adds what the resolver says, and has each node itself say which keys it accepts: with
// a handover that does not follow from the members.
func (s *resolving) State(ctx context.Context, node int) (State, error) {
	state, err := s.ringpop.State(ctx, node)
	if err != nil {
		return state, err
	}
	self, address := s.selves[node], wire.Address(s.address(node))
	var status wire.ResolveStatus
	if err := call(ctx, self, address, wire.EndpointResolve, struct{}{}, &status); err != nil {
		return state, err
	}
	state.Resolver, state.Settled = "serving", status.Now.Own
	if status.Refuses != "" {
		state.Resolver = status.State
	}
	a, err := accept(ctx, self, address, s.keys)
	if err != nil {
		return state, err
	}
	owned := map[string]bool{}
	for _, key := range s.keys {
		_, refused := a.Refused[key]
		owned[key] = !refused
	}
	state.Owns = func(key string) bool { return owned[key] }
	return state, nil
}

// Ready waits for all nodes to serve, and for the members to be settled: a resolver counts no
// others, and all sides of a younger cluster would refuse.
func (s *resolving) Ready(states []State) error {
	if err := s.ringpop.Ready(states); err != nil {
		return err
	}
	for i, state := range states {
		if state.Resolver != "serving" {
			return fmt.Errorf("node %d does not serve yet: it is %s", i+1, state.Resolver)
		}
		if state.Settled < len(states) {
			return fmt.Errorf("node %d counts %d of %d members as settled", i+1, state.Settled, len(states))
		}
	}
	return nil
}
