package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/hashicorp/memberlist"
	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
)

type options struct {
	listen, status string
	join           []string
}

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("memberpop", pflag.ContinueOnError)
	f.StringVar(&o.listen, "listen", "127.0.0.1:7946", "`ADDRESS` of the node")
	f.StringVar(&o.status, "status", "127.0.0.1:7947", "`ADDRESS` that tells the number of members")
	f.StringSliceVar(&o.join, "join", nil, "whom to join, `ADDRESS,...`")
	cli.AddVersion(f)
	return f
}

func main() {
	p := cli.Program{Name: "memberpop", Flags: new(options).flags()}
	os.Exit(p.Main("memberpop:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func run(args []string, _ io.Writer) error {
	o := new(options)
	if err := o.flags().Parse(args); err != nil {
		return cli.Usage(err)
	}
	list, err := o.start()
	if err != nil {
		return err
	}
	defer func() { _ = list.Shutdown() }()
	l, err := net.Listen("tcp", o.status)
	if err != nil {
		return err
	}
	go o.joinUntilDone(list)
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		_ = c.SetDeadline(time.Now().Add(time.Second))
		fmt.Fprintln(c, list.NumMembers())
		_ = c.Close()
	}
}

func (o *options) start() (*memberlist.Memberlist, error) {
	host, portText, err := net.SplitHostPort(o.listen)
	if err != nil {
		return nil, cli.Usage(err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, cli.Usage(fmt.Errorf("bad port %q", portText))
	}
	c := memberlist.DefaultLANConfig()
	c.Name, c.BindAddr, c.BindPort, c.AdvertisePort = o.listen, host, port, port
	c.Logger = log.New(io.Discard, "", 0)
	return memberlist.Create(c)
}

// joinUntilDone retries until a node answers: the others may start later.
func (o *options) joinUntilDone(list *memberlist.Memberlist) {
	for len(o.join) > 0 {
		if _, err := list.Join(o.join); err == nil && list.NumMembers() > 1 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}
