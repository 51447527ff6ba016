// Package node is a Ringpop node on a real network: a member of a cluster that
// knows who else is in it, and a consistent hash ring over them.
//
//	n, err := node.New(node.Config{
//		App:     "orders",
//		Address: "10.0.0.7:3000",
//		Hosts:   discovery.JSONFile("/etc/orders/hosts.json"),
//	})
//	if err != nil { … }            // the address is in use, say
//	defer n.Close()
//	err = n.Bootstrap(ctx)         // join the cluster; retries until ctx ends
//	owner, ok := n.Lookup("order-4711")
//
// The protocol itself is a state machine without I/O, package core. This package
// is the only one with goroutines: it owns the transport and the clock, feeds
// the core under one lock, and never holds that lock while it talks to the
// network or to a listener.
//
// Requests are sent to the owners of their keys by package forward.
//
// # Ending
//
// At SIGTERM a program calls [Node.Shutdown]: it tells the other members, which stop sending
// requests within a second or two, and only then closes the node. [Node.Close] alone is like a
// crash: the others find out after the suspect period, and fail to reach the node meanwhile.
//
//	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
//	defer stop()
//	<-ctx.Done()
//	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
//	defer cancel()
//	err = n.Shutdown(ctx)
//
// # Events
//
// [Config.Listener] and those of [Node.AddListener] receive all events, in order.
// Events of package swim:
//
//   - the members: MembersChanged, Declared, Refuted, TableFull
//   - joining: JoinFailed, JoinWaiting, Joined
//   - probing: PingFailed, PingRequestsDone, DeadMemberHeard, Isolated,
//     IsolationEnded, Stalled
//   - memberships exchanged: FullSyncSent, FullSyncFetched, ChecksumsDisagree, AnswerChangesSkipped
//   - the node itself: ClockOff, SelfEvicted
//
// Those of package heal:
//
//   - a partition, and its end: PartitionSuspected, PaceChanged, PartitionHealed
//   - attempts to heal it: Attempt, Reached, Reincarnating, Merged, Failed, Recognized
//
// Those of package resolve, which come only with a resolver:
//
//   - what it decides: StateChanged, Decided
//   - its troubles: Paused, Resumed, Alone, StillStarting, LeaseFailed
//
// That of package evict:
//
//   - a member is put out of the rings by an operator, or let back in: Changed
//
// And those of this package:
//
//   - the ring and the checksum: RingChanged, ChecksumChanged
//   - calls: Called, Served
//   - the resolver's state file: StateNotKept
//   - the listener: EventsLost
//
// # Who may serve
//
// During a partition each side has a ring of its own, and by Ringpop's rule serves all keys.
// With [Config.Resolve] at most one side does. Senders of requests then call [Node.Owner],
// which is Lookup with an error, and receivers call [Node.Accept]:
//
//	epoch, err := n.Accept("order-4711")
//	if err != nil { … }            // refuse: fenced, starting, stale, handover, or not the owner
//
// # Errors
//
// [New] returns errors that wrap [ErrConfig] and name the setting, or those of
// the transport; [Node.Bootstrap] the cause of its context, with the last reason of each
// host that was not joined ([HostErrors]), or [ErrClosed]; [Node.SetLabels],
// [Node.RemoveLabels] and [Node.SetIdentity] ErrLabelLimit and its like, or
// [ErrClosed]; [Node.Leave] and [Node.Rejoin] [ErrClosed].
package node
