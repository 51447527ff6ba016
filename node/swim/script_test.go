package swim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/ringmend/ringmend/node/wire"
)

// TestScripts runs the scripts in testdata: each drives one node, playing all
// the others by hand, and shows what the node wants done. Addresses are written
// as one letter: a is 127.0.0.1:3000, b is 127.0.0.1:3001 and so on. Time and
// incarnations are milliseconds since the start.
func TestScripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt") // random tests leave other things there
	if err != nil || len(paths) == 0 {
		t.Fatal("there are no scripts:", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			s := new(script)
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				return s.run(t, d)
			})
		})
	}
}

const epoch = 1_700_000_000_000 // ms

type script struct {
	now     time.Time
	node    *Node
	calls   *Calls
	out     Effects
	lastID  RequestID
	waiting []Call // not answered yet
	refusal string // the last one
}

func (s *script) run(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "new":
		s.create(t, d)
	case "bootstrap":
		s.node.Bootstrap()
	case "bootstrap-with":
		var o JoinOptions
		d.MaybeScanArgs(t, "size", &o.Size)
		s.node.BootstrapWith(o)
	case "hosts":
		s.hosts(d)
	case "advance":
		return s.advance(t, d)
	case "ping", "ping-req", "join":
		s.request(t, d)
	case "answer":
		s.answer(t, d)
	case "fail":
		call, err := s.take(t, d), errors.New("no answer")
		switch {
		case d.HasArg("not-ready"):
			err = &wire.RemoteError{Message: ErrNotReady.Error()}
		case d.HasArg("no-room"):
			err = ErrStarved
		case d.HasArg("refused"): // by who has refused something last
			err = errors.New(s.refusal)
		}
		s.calls.Finish(call.ID, nil, err)
	case "tick":
		s.lastID++
		s.node.Tick(s.lastID)
	case "update":
		s.node.Update(parseChanges(t, d.Input))
	case "leave":
		s.node.SetStatus(wire.Leave)
	case "rejoin":
		s.node.SetStatus(wire.Alive)
	case "evict":
		s.node.Evict()
	case "reap":
		s.node.Reap()
	case "pause":
		s.node.SetGossip(false)
	case "resume":
		s.node.SetGossip(true)
	case "members":
		return s.members()
	case "pending":
		return s.pending()
	case "calls":
		return s.callsUnderWay()
	default:
		t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
	}
	return s.effects()
}

func (s *script) create(t *testing.T, d *datadriven.TestData) {
	s.now = time.UnixMilli(epoch)
	s.out, s.waiting, s.lastID = Effects{}, nil, 0
	cfg := DefaultConfig("test", address("a"))
	cfg.RequireApp = d.HasArg("require-app")
	if d.HasArg("flavour-node") {
		cfg.Flavour = FlavourNode
	}
	if d.HasArg("max-members") {
		d.ScanArgs(t, "max-members", &cfg.MaxMembers)
	}
	if d.HasArg("ringpop") {
		cfg.Rules = RingpopRules()
	}
	if d.HasArg("ringpop") || d.HasArg("fixed-detection") {
		cfg.Detection = Detection{}
	}
	s.calls = NewCalls(&s.out)
	s.node = New(cfg, s.now, rand.New(rand.NewPCG(1, 1)), &s.out, s.calls)
	if d.HasArg("ready") {
		s.node.Bootstrap()
		s.node.Hosts(nil, nil)
		s.node.gossip.pending.Remove(s.node.me)
		s.node.SetGossip(false)
		s.node.Update(parseChanges(t, d.Input))
		for _, c := range parseChanges(t, d.Input) {
			if m, known := s.node.table.Find(c.Address); known {
				s.node.gossip.pending.Remove(m)
			}
		}
		s.out = Effects{}
	}
}

func (s *script) hosts(d *datadriven.TestData) {
	var hosts []wire.Address
	var nameless HostErrors
	for _, arg := range d.CmdArgs {
		switch arg.Key {
		case "error":
			s.node.Hosts(nil, errors.New("discovery is down"))
			return
		case "nameless":
			for _, name := range arg.Vals {
				nameless = append(nameless, HostError{Host: name, Err: errors.New("does not resolve")})
			}
		default:
			hosts = append(hosts, address(arg.Key))
		}
	}
	if nameless != nil {
		s.node.Hosts(hosts, nameless)
		return
	}
	s.node.Hosts(hosts, nil)
}

// advance goes from deadline to deadline, as a driver does.
func (s *script) advance(t *testing.T, d *datadriven.TestData) string {
	duration, err := time.ParseDuration(d.CmdArgs[0].Key)
	if err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	end := s.now.Add(duration)
	if d.HasArg("at-once") {
		s.now = end
		s.node.Advance(end)
		return s.effects()
	}
	var b strings.Builder
	for {
		at, ok := s.node.Deadline()
		if !ok || at.After(end) {
			break
		}
		s.now = at
		s.node.Advance(at)
		if out := s.effects(); out != "" {
			fmt.Fprintf(&b, "at %v:\n%s", at.Sub(time.UnixMilli(epoch)), out)
		}
	}
	s.now = end
	s.node.Advance(end)
	b.WriteString(s.effects())
	return b.String()
}

func (s *script) request(t *testing.T, d *datadriven.TestData) {
	var from, incarnation, app, target string
	app = "test"
	sum := s.node.Checksum()
	d.ScanArgs(t, "from", &from)
	d.MaybeScanArgs(t, "incarnation", &incarnation)
	d.MaybeScanArgs(t, "target", &target)
	if d.HasArg("app") {
		app = d.CmdArgs[slices.IndexFunc(d.CmdArgs, func(a datadriven.CmdArg) bool { return a.Key == "app" })].SingleVal(t)
	}
	if d.HasArg("no-app") {
		app = ""
	}
	if d.HasArg("other-checksum") {
		sum++
	}
	inc := parseIncarnation(t, incarnation)
	changes := parseChanges(t, d.Input)
	var request wire.Request
	switch d.Cmd {
	case "ping":
		request = &wire.Ping{Source: address(from), SourceIncarnation: inc, App: app, Checksum: sum, Changes: wire.Changes(changes...)}
	case "ping-req":
		request = &wire.PingRequest{Source: address(from), SourceIncarnation: inc, App: app, Checksum: sum, Target: address(target), Changes: wire.Changes(changes...)}
	case "join":
		request = &wire.JoinRequest{Source: address(from), Incarnation: inc, App: app}
	}
	s.lastID++
	s.node.Request(s.lastID, request)
}

// take removes a call from those that wait for an answer: the one of the named
// target, or the first.
func (s *script) take(t *testing.T, d *datadriven.TestData) Call {
	var target string
	d.MaybeScanArgs(t, "of", &target)
	for i, call := range s.waiting {
		if target == "" || call.Target == address(target) {
			s.waiting = slices.Delete(s.waiting, i, i+1)
			return call
		}
	}
	t.Fatalf("%s: no call of %s", d.Pos, target)
	return Call{}
}

func (s *script) answer(t *testing.T, d *datadriven.TestData) {
	call := s.take(t, d)
	changes := parseChanges(t, d.Input)
	source, app := call.Target, ""
	d.MaybeScanArgs(t, "app", &app)
	if d.HasArg("source") {
		var letter string
		d.ScanArgs(t, "source", &letter)
		source = address(letter)
	}
	var response wire.Response
	switch r := call.Request.(type) {
	case *wire.Ping:
		sum := s.node.Checksum()
		if d.HasArg("whole") {
			sum = checksumOf(changes)
		}
		response = &wire.Ping{Source: source, App: app, Checksum: sum, Changes: wire.Changes(changes...)}
	case *wire.PingRequest:
		response = &wire.PingRequestResponse{OK: d.HasArg("reached"), Target: r.Target, Changes: wire.Changes(changes...)}
	case *wire.JoinRequest:
		if app == "" {
			app = "test"
		}
		response = &wire.JoinResponse{App: app, Coordinator: source, Membership: wire.Changes(changes...)}
	}
	s.calls.Finish(call.ID, response, nil)
}

// checksumOf returns the checksum of a node that holds what changes say, and nothing else.
func checksumOf(changes []wire.Change) uint32 {
	var members []Member
	for _, c := range changes {
		members = append(members, Member{Address: c.Address, Status: c.Status, Incarnation: c.Incarnation, Labels: c.Labels})
	}
	return wire.Checksum(FlavourGo, members)
}

// effects describes what the node wants done, and forgets it.
func (s *script) effects() string {
	var b strings.Builder
	for _, e := range s.out.Events {
		b.WriteString(describeEvent(e))
	}
	for _, a := range s.out.Answers {
		if a.Err != nil {
			s.refusal = a.Err.Error()
			fmt.Fprintf(&b, "refuse: %s\n", letters(s.refusal))
			continue
		}
		fmt.Fprintf(&b, "answer: %s", describeBody(a.Response))
	}
	for _, c := range s.out.Calls {
		s.waiting = append(s.waiting, c)
		fmt.Fprintf(&b, "call %s: %s", letter(c.Target), describeBody(c.Request))
	}
	if s.out.NeedHosts {
		b.WriteString("ask for hosts\n")
	}
	s.out = Effects{}
	return b.String()
}

func (s *script) members() string {
	var b strings.Builder
	for _, m := range s.node.Members() {
		fmt.Fprintf(&b, "%s %s\n", letter(m.Address), describeMember(&m))
	}
	return b.String()
}

func (s *script) pending() string {
	var b strings.Builder
	for c, times := range s.node.gossip.pending.Counts() {
		fmt.Fprintf(&b, "%s sent=%d of %d\n", describeChange(&c), times, s.node.gossip.pending.MaxTransmits())
	}
	return b.String()
}

func (s *script) callsUnderWay() string {
	var b strings.Builder
	for _, c := range s.waiting {
		fmt.Fprintf(&b, "%s %s\n", letter(c.Target), c.Request.Endpoint())
	}
	return b.String()
}
