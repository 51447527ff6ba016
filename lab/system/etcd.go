package system

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/workload"
)

var _, _ = register(etcdKind("etcd", false)), register(etcdKind("etcd-pre-vote", true))

// etcdModule is built where there is no etcd: the version is the one that its api
// module, which we speak through, has in go.mod.
const (
	etcdModule  = "go.etcd.io/etcd/server/v3"
	etcdVersion = "v3.7.3"
	etcdMain    = `package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
`
)

// EtcdBuild in place of a path has etcd built, whatever is installed.
const EtcdBuild = "build"

func etcdKind(name string, preVote bool) *Kind {
	about := "etcd without PreVote"
	if preVote {
		about = "etcd with PreVote"
	}
	return &Kind{
		Name:  name,
		About: about,
		Model: Register,
		Refuses: map[string]string{
			"join-storm": "members of an etcd cluster are added one by one, with a command",
			"clock-skew": NoSkew,
		},
		Find: findEtcd,
		New: func(c *result.Config, env Env) (System, error) {
			return newEtcd(c, env, preVote)
		},
	}
}

func findEtcd(ctx context.Context, c *result.Config, progress func(string)) (err error) {
	p := c.Programs["etcd"]
	build := func() (string, error) {
		return buildModule(ctx, "etcd", etcdModule, etcdVersion, etcdMain, progress)
	}
	switch {
	case p.Given && p.Path == EtcdBuild:
		p.Path, err = build()
	case p.Given:
		p.Path, err = given("etcd", p.Path)
	default:
		if p.Path, err = exec.LookPath("etcd"); err != nil {
			p.Path, err = build()
		}
	}
	if err != nil {
		return fmt.Errorf("there is no etcd (Debian: etcd-server; or --etcd PATH): %w", err)
	}
	if p.Version = versionOf(ctx, p.Path, "--version"); !strings.HasPrefix(p.Version, "etcd Version") {
		return fmt.Errorf("%s is no etcd: it says %q to --version", p.Path, p.Version)
	}
	use(c, "etcd", p)
	return nil
}

// etcd is one run of a cluster.
type etcd struct {
	config  *result.Config
	env     Env
	preVote bool
	clients [][]*grpc.ClientConn // by client and node: it is known who answered
	selves  []*grpc.ClientConn

	mu  sync.Mutex
	ids map[uint64]int // nodes by the number that etcd gives them
}

func newEtcd(c *result.Config, env Env, preVote bool) (System, error) {
	e := &etcd{config: c, env: env, preVote: preVote, ids: map[uint64]int{}}
	for _, dial := range env.Clients {
		var row []*grpc.ClientConn
		for _, n := range env.Nodes {
			conn, err := grpcTo(n.Address, dial)
			if err != nil {
				return nil, err
			}
			row = append(row, conn)
		}
		e.clients = append(e.clients, row)
	}
	for _, n := range env.Nodes {
		conn, err := grpcTo(n.Address, n.Self)
		if err != nil {
			return nil, err
		}
		e.selves = append(e.selves, conn)
	}
	return e, nil
}

// grpcTo returns a connection that tries again soon: how long a client waits must not
// be taken for how long a node is away.
func grpcTo(address string, dial Dialer) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///"+address+":2379",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDisableServiceConfig(),
		grpc.WithIdleTimeout(0),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 300 * time.Millisecond},
			MinConnectTimeout: time.Second,
		}),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return dial(ctx, "tcp", address)
		}))
}

func (e *etcd) Command(node int) Command {
	n := e.env.Nodes[node]
	var cluster []string
	for i, other := range e.env.Nodes {
		cluster = append(cluster, fmt.Sprintf("node-%d=http://%s:2380", i+1, other.Address))
	}
	peer, client := "http://"+n.Address+":2380", "http://"+n.Address+":2379"
	election := e.config.FailureTimeout.Milliseconds()
	return Command{
		Path: e.config.Programs["etcd"].Path,
		Args: []string{
			"--name", fmt.Sprintf("node-%d", node+1),
			"--data-dir", n.Dir + "/data",
			"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
			"--listen-client-urls", client, "--advertise-client-urls", client,
			"--initial-cluster", strings.Join(cluster, ","),
			"--initial-cluster-state", "new", "--initial-cluster-token", "lab",
			"--heartbeat-interval", fmt.Sprint(max(1, election/10)), "--election-timeout", fmt.Sprint(election),
			fmt.Sprintf("--pre-vote=%v", e.preVote),
			"--logger", "zap",
		},
	}
}

func (e *etcd) Do(ctx context.Context, op *workload.Planned) workload.Answer {
	kv := pb.NewKVClient(e.clients[op.Client][op.Node])
	if op.Write {
		r, err := kv.Put(ctx, &pb.PutRequest{Key: []byte(op.Key), Value: []byte(op.Value)})
		if err != nil {
			return failure(err)
		}
		return workload.Answer{Outcome: result.OK, Epoch: r.Header.GetRaftTerm(), Revision: r.Header.GetRevision()}
	}
	r, err := kv.Range(ctx, &pb.RangeRequest{Key: []byte(op.Key), Serializable: e.config.ReadMode == "serializable"})
	if err != nil {
		return failure(err)
	}
	a := workload.Answer{Outcome: result.OK, Epoch: r.Header.GetRaftTerm()}
	if len(r.Kvs) > 0 {
		value := string(r.Kvs[0].Value)
		a.Read, a.Revision = &value, r.Kvs[0].ModRevision
	}
	return a
}

// notDone are what errors say of requests that were not passed on to the others.
var notDone = []string{"etcdserver: no leader", "etcdserver: too many requests", "etcdserver: mvcc: database space exceeded"}

// failure says what an error means. When a connection could not be opened nothing was
// sent, and the operation has failed; all that may have reached the node is unknown.
func failure(err error) workload.Answer {
	s := status.Convert(err)
	text := s.Message()
	a := workload.Answer{Outcome: result.Unknown, Error: text}
	if s.Code() == codes.Unavailable && (strings.Contains(text, "error while dialing") || strings.Contains(text, "Error while dialing") || strings.Contains(text, "connection refused")) {
		a.Outcome = result.Failed
	}
	for _, known := range notDone {
		if strings.Contains(text, known) {
			a.Outcome = result.Failed
		}
	}
	return a
}

func (e *etcd) State(ctx context.Context, node int) (State, error) {
	r, err := pb.NewMaintenanceClient(e.selves[node]).Status(ctx, &pb.StatusRequest{})
	if err != nil {
		return State{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ids[r.Header.GetMemberId()] = node
	s := State{OK: true, Leader: -1, Term: r.RaftTerm}
	if leader, ok := e.ids[r.Leader]; ok && r.Leader != 0 {
		s.Leader = leader
	}
	return s, nil
}

func (e *etcd) Ready(states []State) error {
	for i, s := range states {
		switch {
		case !s.OK:
			return fmt.Errorf("node %d does not answer", i+1)
		case s.Leader < 0 || s.Leader != states[0].Leader:
			return fmt.Errorf("the nodes have no common leader")
		}
	}
	return nil
}

func (e *etcd) Leader(states []State, _ string) (int, bool) {
	leader, term := -1, uint64(0)
	for _, s := range states {
		if s.OK && s.Leader >= 0 && s.Term >= term {
			leader, term = s.Leader, s.Term
		}
	}
	return leader, leader >= 0
}

func (e *etcd) Close() {
	for _, row := range append(e.clients, e.selves) {
		for _, conn := range row {
			conn.Close() // an error says that it is closed already
		}
	}
}
