package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/integration/netlab"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// cluster is a Temporal cluster on two hosts that is run once.
type cluster struct {
	*options
	dir     string
	network *netlab.Network
	guarded bool

	data      string // its files
	processes []*exec.Cmd
	took      time.Duration
	healed    bool
	acquired  int // shards, from the cut to one ring
	later     int // in the time after
	total     second
}

// second is a line of what the load prints.
type second struct {
	At                                           int64
	Started, Failed, Completed, Slow, Unfinished int
	Worst                                        float64
}

// services are the processes of each host, and how many members of the ring they are.
var services = [2][]string{{"frontend", "history", "matching", "worker"}, {"history,matching", "frontend"}}

const members = 7

func (c *cluster) run() (err error) {
	if c.data, err = os.MkdirTemp("", "guardtemporal-"); err != nil {
		return err
	}
	for host := range services {
		text := fmt.Sprintf(config, c.data, c.network.Address(host), c.network.Address(0))
		if err := os.WriteFile(c.config(host), []byte(text), 0o600); err != nil {
			return err
		}
	}
	// The first frontend makes the schema.
	if err := c.service(0, "frontend"); err != nil {
		return err
	}
	time.Sleep(6 * time.Second)
	for host, list := range services {
		for _, s := range list {
			if host == 0 && s == "frontend" {
				continue
			}
			if err := c.service(host, s); err != nil {
				return err
			}
		}
	}
	if _, err := c.await(2*time.Minute, func(v *admin.Verdict) bool { return len(v.Up) == members && v.Condition == admin.Agreed }); err != nil {
		return fmt.Errorf("wait for a ring of %d: %w", members, err)
	}
	span := 10*time.Second + c.cut + c.limit
	lines, err := c.load(span)
	if err != nil {
		return err
	}
	if c.guarded {
		if err := c.start(0, false, "guard", filepath.Join(c.dir, "ringmend-guard"), "--mode=heal", c.network.Address(0)+":6933", c.network.Address(1)+":6933"); err != nil {
			return err
		}
	}
	time.Sleep(10 * time.Second)
	if err := c.cutAndMend(); err != nil {
		return err
	}
	return c.count(lines)
}

func (c *cluster) cutAndMend() error {
	before := c.shards()
	if err := c.network.Cut(netlab.Reset, []int{0}, []int{1}); err != nil {
		return err
	}
	time.Sleep(c.cut)
	if err := c.network.Mend(); err != nil {
		return err
	}
	took, err := c.await(c.limit, func(v *admin.Verdict) bool { return len(v.Up) == members && v.Condition == admin.Agreed })
	if err != nil && !errors.Is(err, netlab.ErrLimit) {
		return err
	}
	c.took, c.healed = took, err == nil
	healed := c.shards()
	time.Sleep(30 * time.Second)
	c.acquired, c.later = healed-before, c.shards()-healed
	return nil
}

// await looks at the ring until ok holds.
func (c *cluster) await(limit time.Duration, ok func(*admin.Verdict) bool) (time.Duration, error) {
	transport, err := tchan.New(tchan.Options{})
	if err != nil {
		return 0, err
	}
	defer transport.Close()
	first := []wire.Address{wire.Address(c.network.Address(0) + ":6933"), wire.Address(c.network.Address(1) + ":6933")}
	client := admin.NewClient(transport, time.Second)
	began := time.Now()
	for time.Since(began) < limit {
		look, err := admin.Crawl(context.Background(), client, first, 0)
		if err != nil {
			return 0, err
		}
		if ok(admin.VerdictOf(look)) {
			return time.Since(began), nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return 0, fmt.Errorf("%w: %v", netlab.ErrLimit, limit)
}

func (c *cluster) config(host int) string {
	return filepath.Join(c.data, fmt.Sprintf("host%d.yaml", host))
}

func (c *cluster) service(host int, list string) error {
	args := []string{"--config-file", c.config(host), "--allow-no-auth", "start"}
	for s := range strings.SplitSeq(list, ",") {
		args = append(args, "--service", s)
	}
	return c.start(host, true, fmt.Sprintf("host%d-%s", host, strings.ReplaceAll(list, ",", "-")), append([]string{filepath.Join(c.dir, "temporal-server")}, args...)...)
}

// start starts a program on a host, or on the router between them.
func (c *cluster) start(host int, inside bool, name string, line ...string) error {
	log, err := os.Create(filepath.Join(c.data, name+".log"))
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own
	cmd := c.command(host, inside, line)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	c.processes = append(c.processes, cmd)
	return nil
}

func (c *cluster) command(host int, inside bool, line []string) *exec.Cmd {
	if inside {
		line = c.network.On(host, line...)
	}
	cmd := exec.Command(line[0], line[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// load starts the load, beside the first frontend, and returns what it is going to
// print once it is ready.
func (c *cluster) load(span time.Duration) (io.Reader, error) {
	cmd := c.command(0, true, []string{filepath.Join(c.dir, "load-program"), "--address", c.network.Address(0) + ":7233",
		"--rate", fmt.Sprint(c.rate), "--for", span.String()})
	lines, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c.processes = append(c.processes, cmd)
	reader := bufio.NewReader(lines)
	if line, err := reader.ReadString('\n'); err != nil || line != "ready\n" {
		return nil, fmt.Errorf("the load does not become ready: %q, %w", line, err)
	}
	return reader, nil
}

// count sums up what the load has printed at its end.
func (c *cluster) count(lines io.Reader) error {
	decoder := json.NewDecoder(lines)
	for {
		var s second
		if err := decoder.Decode(&s); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		c.total.Started += s.Started
		c.total.Failed += s.Failed
		c.total.Slow += s.Slow
		c.total.Unfinished += s.Unfinished
		c.total.Worst = max(c.total.Worst, s.Worst)
	}
}

// shards counts the shards that were acquired, as the history services say.
func (c *cluster) shards() (n int) {
	files, _ := filepath.Glob(filepath.Join(c.data, "*history*.log")) // the pattern is a good one
	for _, file := range files {
		data, _ := os.ReadFile(file) // it is there
		n += strings.Count(string(data), "Acquired shard")
	}
	return n
}

// stop ends everything.
func (c *cluster) stop() {
	var ending sync.WaitGroup
	for _, p := range c.processes {
		ending.Go(func() {
			_ = syscall.Kill(-p.Process.Pid, syscall.SIGKILL)
			_ = p.Wait()
		})
	}
	ending.Wait()
	if guard, err := os.ReadFile(filepath.Join(c.data, "guard.log")); err == nil {
		fmt.Fprintf(os.Stderr, "%s", guard)
	}
}

// tail returns the ends of what the processes have printed.
func (c *cluster) tail() string {
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(c.data, "*.log"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		fmt.Fprintf(&all, "--- %s, %v\n%s\n", filepath.Base(file), err, data[max(0, len(data)-1500):])
	}
	return all.String()
}

func (c *cluster) row() string {
	guard, took := "none", fmt.Sprintf("not in %v", c.limit)
	if c.guarded {
		guard = "between"
	}
	if c.healed {
		took = fmt.Sprintf("%.1f s", c.took.Seconds())
	}
	t := c.total
	return fmt.Sprintf("| %s | %s | %d | %d | %d | %d | %.1f s | %d | %d |", guard, took, t.Started, t.Failed, t.Unfinished, t.Slow, t.Worst, c.acquired, c.later)
}
