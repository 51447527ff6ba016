package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/proc"
)

// HostsPerRow is how many hosts of a network a row takes: its nodes, and the store.
const HostsPerRow = Nodes + 1

// InNamespaces is nodes that are processes on hosts of their own, in network namespaces, with a
// firewall on the router between them that cuts the first one off.
type InNamespaces struct {
	network *netlab.Network
	first   int // host
	kind    netlab.Kind
	client  *http.Client
	nodes   []*proc.Process
	logs    []*proc.Tail
	etcd    *Etcd
	mend    func() error
}

// NewInNamespaces starts the nodes of a row on the hosts from first on. A store that begins with
// "etcd" runs on the last of them. What the nodes log goes to logs, line by line.
func NewInNamespaces(ctx context.Context, row Row, network *netlab.Network, first int, kind netlab.Kind, logs io.Writer) (_ *InNamespaces, err error) {
	n := &InNamespaces{network: network, first: first, kind: kind, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: parallel}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	store := row.Store
	if strings.HasPrefix(store, "etcd") {
		if n.etcd, err = startEtcdOn(ctx, network.On(first+Nodes), network.Address(first+Nodes)); err != nil {
			return nil, err
		}
		store = "etcd:" + n.etcd.Endpoint
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var hosts []string
	for i := range Nodes {
		hosts = append(hosts, network.Address(first+i)+":3000")
	}
	for i := range Nodes {
		line := network.On(first+i, self, "serve", "--listen="+hosts[i], "--http="+n.http(i), "--hosts=static://"+strings.Join(hosts, ","),
			"--downing="+row.Downing.String(), "--store="+store, "--patience="+Timing.Patience.String(), "--suspect-period="+Timing.Suspect.String(),
			"--stable-after="+Timing.Stable.String(), "--unfence-after="+Timing.Stable.String())
		log := new(proc.Tail)
		p, err := proc.Start(proc.Spec{Path: line[0], Args: line[1:], Output: func(from *os.File) {
			lines := bufio.NewScanner(from)
			for lines.Scan() {
				fmt.Fprintln(log, lines.Text())
				fmt.Fprintf(logs, "%s, node %d: %s\n", row.Name, i+1, lines.Text())
			}
		}})
		if err != nil {
			return nil, err
		}
		n.nodes, n.logs = append(n.nodes, p), append(n.logs, log)
	}
	return n, nil
}

// http returns where a node serves.
func (n *InNamespaces) http(node int) string {
	return fmt.Sprintf("%s:8000", n.network.Address(n.first+node))
}

// Get implements [Network]. The clients are at the router, which reaches all nodes.
func (n *InNamespaces) Get(ctx context.Context, node int, path string) (int, []byte, error) {
	if !n.nodes[node].Running() {
		return 0, nil, fmt.Errorf("node %d has ended: %s: %s", node+1, n.nodes[node].Ending(), lastLine(n.logs[node].String()))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.http(node)+path, nil)
	if err != nil {
		return 0, nil, err
	}
	answer, err := n.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// Cut implements [Network]. The store is on the side of the last node.
func (n *InNamespaces) Cut() (err error) {
	one, others := []int{n.first}, []int{}
	for i := 1; i < HostsPerRow; i++ {
		others = append(others, n.first+i)
	}
	n.mend, err = n.network.CutUntil(n.kind, one, others)
	return err
}

// Mend implements [Network].
func (n *InNamespaces) Mend() error { return n.mend() }

// Close implements [Network].
func (n *InNamespaces) Close() error {
	n.client.CloseIdleConnections()
	for _, p := range n.nodes {
		p.Kill()
	}
	if n.etcd != nil {
		n.etcd.Stop()
	}
	return nil
}
