package main

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"strconv"
	"sync/atomic"

	"github.com/hashicorp/memberlist"
	"github.com/sirupsen/logrus"
	"github.com/uber-common/bark"
	"github.com/uber/ringpop-go"
	"github.com/uber/ringpop-go/discovery/statichosts"
	"github.com/uber/ringpop-go/swim"
	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/wire"
)

// The programs, ours first: the others are what it is compared with.
const (
	ours       = "ours"
	ringpopGo  = "ringpop-go"
	memberList = "memberlist"
)

var programNames = []string{ours, ringpopGo, memberList}

const (
	app      = "bench"
	loopback = "127.0.0.1:0"
)

// A subject is one node of a cluster in this process.
type subject interface {
	address() string
	// join joins the others and returns when that has succeeded or failed for good.
	join(ctx context.Context, hosts []string) error
	// view returns how many members the node holds for running, and a checksum of its
	// membership, 0 where the program has none.
	view() (members int, checksum uint32)
	// crash ends the node without a word to the others.
	crash()
}

// starters start a node that listens and has not joined yet, with its own defaults.
var starters = map[string]func() (subject, error){
	ours: startOurs, ringpopGo: startRingpopGo, memberList: startMemberlist,
}

type ourSubject struct {
	*node.Node
	hosts *laterHosts
}

// laterHosts is a list of hosts that is set when all of them are known.
type laterHosts struct{ list atomic.Pointer[[]string] }

func (h *laterHosts) Hosts(context.Context) ([]string, error) {
	if list := h.list.Load(); list != nil {
		return *list, nil
	}
	return nil, errors.New("the hosts are not known yet")
}

func startOurs() (subject, error) {
	hosts := new(laterHosts)
	n, err := node.New(node.Config{App: app, Address: loopback, Hosts: hosts, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	return ourSubject{n, hosts}, nil
}

func (s ourSubject) address() string { return s.Address() }
func (s ourSubject) crash()          { s.Close() }

func (s ourSubject) join(ctx context.Context, hosts []string) error {
	s.hosts.list.Store(&hosts)
	return s.Bootstrap(ctx)
}

func (s ourSubject) view() (int, uint32) {
	return len(s.Members(node.Reachable)), s.Checksum()
}

type ringpopSubject struct {
	*ringpop.Ringpop
	channel *tchannel.Channel
}

func startRingpopGo() (subject, error) {
	channel, err := tchannel.NewChannel(wire.Service, nil)
	if err != nil {
		return nil, err
	}
	if err := channel.ListenAndServe(loopback); err != nil {
		return nil, err
	}
	quiet := logrus.New()
	quiet.Out = io.Discard
	n, err := ringpop.New(app, ringpop.Channel(channel), ringpop.Address(channel.PeerInfo().HostPort),
		ringpop.Logger(bark.NewLoggerFromLogrus(quiet)))
	if err != nil {
		channel.Close()
		return nil, err
	}
	return ringpopSubject{n, channel}, nil
}

func (s ringpopSubject) address() string { return s.channel.PeerInfo().HostPort }

func (s ringpopSubject) join(_ context.Context, hosts []string) error {
	_, err := s.Bootstrap(&swim.BootstrapOptions{DiscoverProvider: statichosts.New(hosts...)})
	return err
}

func (s ringpopSubject) view() (int, uint32) {
	members, err := s.CountReachableMembers()
	if err != nil {
		return 0, 0 // it is not ready
	}
	checksum, _ := s.Checksum()
	return members, checksum
}

func (s ringpopSubject) crash() {
	s.Destroy()
	s.channel.Close()
}

type memberlistSubject struct{ *memberlist.Memberlist }

// memberlistSeeds is how many hosts a node of memberlist joins: its Join asks all that
// it is given, and users give it a few.
const memberlistSeeds = 3

func startMemberlist() (subject, error) {
	list, err := memberlist.Create(memberlistConfig(loopback))
	if err != nil {
		return nil, err
	}
	return memberlistSubject{list}, nil
}

// memberlistConfig is the configuration for a LAN, the one that its users run.
func memberlistConfig(address string) *memberlist.Config {
	host, port, _ := net.SplitHostPort(address)
	c := memberlist.DefaultLANConfig()
	c.BindAddr = host
	c.BindPort, _ = strconv.Atoi(port)
	c.AdvertisePort = c.BindPort
	c.Logger = log.New(io.Discard, "", 0)
	names.Add(1)
	c.Name = "node-" + strconv.FormatInt(names.Load(), 10)
	return c
}

// names numbers the nodes of memberlist in this process.
var names atomic.Int64

func (s memberlistSubject) address() string { return s.LocalNode().Address() }
func (s memberlistSubject) crash()          { _ = s.Shutdown() }

func (s memberlistSubject) join(_ context.Context, hosts []string) error {
	_, err := s.Join(hosts[:min(memberlistSeeds, len(hosts))])
	return err
}

func (s memberlistSubject) view() (int, uint32) { return s.NumMembers(), 0 }
