package system

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/workload"
	"github.com/ringmend/ringmend/node/wire"
)

var _, _, _, _, _, _ = register(einsteinKind("none")), register(einsteinKind("auto")), register(einsteinKind("keep-majority")),
	register(einsteinKind("static-quorum")), register(einsteinKind("keep-oldest")), register(einsteinKind("lease-majority"))

const einsteinPort = "8000"

// einsteinKind is examples/einstein with a rule for the names of nodes that are not reached.
func einsteinKind(downing string) *Kind {
	about := "the example that assigns each name once, with the resolver " + downing
	switch downing {
	case "none":
		about = "the example that assigns each name once; no node takes over"
	case "auto":
		about = "the same; both sides take over"
	}
	return &Kind{
		Name: "einstein+" + downing, About: about, Model: AssignOnce,
		Check: func(c *result.Config) error { return checkEinstein(c, downing) },
		Find:  findEinstein,
		New:   func(c *result.Config, env Env) (System, error) { return newEinstein(c, env, downing) },
	}
}

func checkEinstein(c *result.Config, downing string) error {
	switch {
	case c.WriteRatio != 1:
		return fmt.Errorf("--write-ratio is %g: einstein has one operation, which assigns a name or reads it; leave it 1", c.WriteRatio)
	case c.Handover != result.HandoverAuto && c.Handover != result.HandoverOff:
		return fmt.Errorf("--resolver-handover is %s: einstein has auto and off", c.Handover)
	case downing == "lease-majority" && c.Store != result.StoreEtcd:
		return errors.New("lease-majority keeps its record in etcd: it needs --store etcd")
	case c.Fault == "disk-full" && c.Store != result.StoreBolt:
		return fmt.Errorf("with --store %s a node keeps nothing on a disk: disk-full needs --store bolt", c.Store)
	}
	return nil
}

func findEinstein(ctx context.Context, c *result.Config, progress func(string)) error {
	err := findBuilt("einstein", "github.com/ringmend/ringmend/examples/einstein")(ctx, c, progress)
	if err == nil && c.Store == result.StoreEtcd {
		err = findEtcd(ctx, c, progress)
	}
	return err
}

// einstein is one run of the service. Its nodes are ringmend's, so they show their members
// and what they accept in the same way.
type einstein struct {
	*resolving
	config  *result.Config
	downing string
	clients []*http.Client
}

func newEinstein(c *result.Config, env Env, downing string) (System, error) {
	nodes, err := newRingpop("einstein")(c, env)
	if err != nil {
		return nil, err
	}
	e := &einstein{resolving: &resolving{ringpop: nodes.(*ringpop), keys: env.Keys}, config: c, downing: downing}
	for _, dial := range env.Clients {
		e.clients = append(e.clients, httpFrom(dial))
	}
	return e, nil
}

// resolves reports whether there is a resolver.
func (e *einstein) resolves() bool { return e.downing != "none" && e.downing != "auto" }

func (e *einstein) http(node int) string { return net.JoinHostPort(e.all[node].Address, einsteinPort) }

func (e *einstein) Command(node int) Command {
	dir := e.all[node].Dir
	args := []string{
		"serve", "--listen=" + e.address(node), "--http=" + e.http(node), "--hosts=" + filepath.Join(dir, "hosts.json"), "--downing=" + e.downing,
	}
	if e.resolves() {
		args = append(args, "--stable-after="+e.config.StableAfter.String(), fmt.Sprintf("--handover=%v", e.config.Handover == result.HandoverAuto))
	}
	if e.downing == "static-quorum" {
		args = append(args, fmt.Sprintf("--quorum-size=%d", e.config.Nodes/2+1))
	}
	switch e.config.Store {
	case result.StoreBolt:
		args = append(args, "--store=bolt:"+filepath.Join(dir, "iq.db"))
	case result.StoreEtcd:
		args = append(args, "--store=etcd:http://"+e.env.Store.Address+":2379")
	}
	return Command{Path: e.program, Args: args}
}

// StoreCommand implements [Storing].
func (e *einstein) StoreCommand() Command {
	client, peer := "http://"+e.env.Store.Address+":2379", "http://"+e.env.Store.Address+":2380"
	return Command{Path: e.config.Programs["etcd"].Path, Args: []string{
		"--name=store", "--data-dir=" + filepath.Join(e.env.Store.Dir, "data"), "--logger=zap",
		"--listen-client-urls=" + client, "--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=store=" + peer,
	}}
}

// Do asks for a name. What is read is the assignment: two may have the same IQ.
func (e *einstein) Do(ctx context.Context, op *workload.Planned) workload.Answer {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.http(op.Node)+"/iq/"+op.Key, nil)
	if err != nil {
		return workload.Answer{Outcome: result.Failed, Error: err.Error()}
	}
	code, body, err := fetch(e.clients[op.Client], q)
	switch {
	case err != nil:
		return httpFailure(err)
	case code != http.StatusOK:
		// What a node may have assigned and did not tell shows in a later answer, or never.
		return workload.Answer{Outcome: result.Failed, Error: fmt.Sprintf("%d: %s", code, firstLines(string(body), 1))}
	}
	return e.assigned(body)
}

// assigned reads an answer.
func (e *einstein) assigned(body []byte) workload.Answer {
	var answer struct {
		Assignment string       `json:"assignment"`
		Owner      wire.Address `json:"owner"`
		Epoch      uint64       `json:"epoch"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Assignment == "" {
		return workload.Answer{Outcome: result.Unknown, Error: fmt.Sprintf("no answer of einstein: %.100q", body)}
	}
	node, known := e.byAddr[answer.Owner]
	if !known {
		return unknownOwner(answer.Owner)
	}
	return workload.Answer{Outcome: result.OK, Read: &answer.Assignment, Owner: node + 1, Epoch: answer.Epoch}
}

// State is that of the node. Without a resolver there is none to report; where no node takes
// over, the node itself says nothing of who accepts a name.
func (e *einstein) State(ctx context.Context, node int) (State, error) {
	if e.resolves() {
		return e.resolving.State(ctx, node)
	}
	s, err := e.ringpop.State(ctx, node)
	if e.downing == "none" {
		s.Owns = nil
	}
	return s, err
}

func (e *einstein) Ready(states []State) error {
	if e.resolves() {
		return e.resolving.Ready(states)
	}
	return e.ringpop.Ready(states)
}

// Leader is the owner of the key in the ring of the first node that answers.
func (e *einstein) Leader(states []State, key string) (int, bool) {
	for i, s := range states {
		if s.OK {
			return e.ownerAt(i, key)
		}
	}
	return 0, false
}

func (e *einstein) Close() {
	e.resolving.Close()
	for _, c := range e.clients {
		c.CloseIdleConnections()
	}
}
