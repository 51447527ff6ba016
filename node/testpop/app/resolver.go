package app

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/lease"
	"github.com/ringmend/ringmend/node/lease/file"
	"github.com/ringmend/ringmend/node/lease/kubernetes"
)

// Leases open the stores that -resolver-lease may name before its first colon, each by what
// comes after it. A closer that is not nil is closed after the node. A program with other
// stores adds them before [Main].
var Leases = map[string]func(what string) (lease.Lease, io.Closer, error){
	"file": func(path string) (lease.Lease, io.Closer, error) {
		if path == "" {
			return nil, nil, fmt.Errorf("it must be file:PATH")
		}
		return file.New(path), nil, nil
	},
	"kubernetes": func(name string) (lease.Lease, io.Closer, error) {
		namespace, name, found := strings.Cut(name, "/")
		if !found {
			namespace, name = "", namespace
		}
		cfg, err := kubernetes.InCluster(namespace, name)
		if err != nil {
			return nil, nil, err
		}
		l, err := kubernetes.New(cfg)
		return l, nil, err
	},
}

// resolver is the options of the resolver.
type resolver struct {
	node.Resolve
	lease string
}

func (r *resolver) flags(fs *flag.FlagSet) {
	fs.Func("resolver", "`STRATEGY` by which a side of a partition serves on and the others refuse: static-quorum, keep-majority, keep-oldest, keep-referee, down-all or lease-majority; the same on all nodes of a cluster, as the other -resolver options (default off: all sides serve)", func(s string) (err error) {
		r.Strategy, err = resolve.ParseStrategy(s)
		return err
	})
	fs.Func("resolver-policy", "`WHAT` a node does when its side loses: fence refuses keys until it is healed, exit also evicts itself and exits with code 3, observe only tells what would be (default fence)", func(s string) (err error) {
		r.Policy, err = resolve.ParsePolicy(s)
		return err
	})
	fs.StringVar(&r.Role, "resolver-role", "", "count only members whose label role is `NAME`")
	fs.IntVar(&r.QuorumSize, "resolver-quorum", 0, "`NUMBER` of members that a side must have by static-quorum")
	fs.BoolVar(&r.KeepAlone, "resolver-keep-alone", false, "keep the oldest member by keep-oldest also when it is alone")
	fs.StringVar(&r.Referee, "resolver-referee", "", "`HOST:PORT` of the member to be with by keep-referee")
	fs.IntVar(&r.Minimum, "resolver-minimum", 0, "`NUMBER` of members that the side of the referee must have (default 1)")
	for _, d := range []struct {
		name, what string
		to         *time.Duration
	}{
		{"resolver-stable-after", "`DURATION` without changes before a decision (default 20s)", &r.StableAfter},
		{"resolver-unstable-after", "`DURATION` for which changes may postpone a decision (default 3/4 of -resolver-stable-after)", &r.UnstableAfter},
		{"resolver-settle", "`DURATION` that a member must have been unchanged to count for its side, at least 20s (default -resolver-stable-after)", &r.Settle},
		{"resolver-unfence-after", "`DURATION` without changes before a fenced node serves (default 5s)", &r.UnfenceAfter},
		{"resolver-max-pause", "`DURATION` for which the process may be stopped without asking others whether it still may serve (default 2s)", &r.MaxPause},
		{"resolver-lease-timeout", "`DURATION` that the lease may take to answer (default 5s)", &r.LeaseTimeout},
	} {
		fs.Func(d.name, d.what, func(s string) error { return setDuration(d.to, s) })
	}
	fs.Func("resolver-handover", "`DURATION` for which a node must have owned a key before it accepts it, or auto for the least that is safe (default off)", func(s string) error {
		if s == "auto" {
			r.Handover = node.AutoHandover
			return nil
		}
		return setDuration(&r.Handover, s)
	})
	fs.StringVar(&r.lease, "resolver-lease", "", "`STORE` for lease-majority: "+strings.Join(stores(), ", "))
	fs.StringVar(&r.StateFile, "resolver-state-file", "", "keep in `FILE` whether the node is fenced, for its next start")
}

// stores returns how each store is written.
func stores() (list []string) {
	for _, name := range slices.Sorted(maps.Keys(Leases)) {
		switch name {
		case "file":
			name += ":PATH"
		case "kubernetes":
			name += ":[NAMESPACE/]NAME"
		default:
			name += ":…"
		}
		list = append(list, name)
	}
	return list
}

func setDuration(to *time.Duration, s string) error {
	d, err := time.ParseDuration(s)
	if err == nil && d <= 0 {
		err = fmt.Errorf("it must be positive")
	}
	*to = d
	return err
}

// open opens the store, if one is named. A closer that is not nil is closed after the node.
func (r *resolver) open() (closer io.Closer, err error) {
	if r.lease == "" {
		return nil, nil
	}
	name, what, _ := strings.Cut(r.lease, ":")
	open, ok := Leases[name]
	if !ok {
		return nil, fmt.Errorf("-resolver-lease: no store %.40q, there are %s", name, strings.Join(stores(), ", "))
	}
	if r.Lease, closer, err = open(what); err != nil {
		return nil, fmt.Errorf("-resolver-lease %s: %w", r.lease, err)
	}
	return closer, nil
}

// check returns an error if the options make no sense together.
func (r *resolver) check() error {
	wants := r.Strategy == resolve.LeaseMajority
	switch {
	case r.Strategy == resolve.Off && (r.lease != "" || r.Resolve != node.Resolve{}):
		return fmt.Errorf("the -resolver-… options need -resolver")
	case wants && r.lease == "":
		return fmt.Errorf("-resolver=%v needs -resolver-lease", r.Strategy)
	case !wants && r.lease != "":
		return fmt.Errorf("-resolver-lease is for -resolver=%v, not %v", resolve.LeaseMajority, r.Strategy)
	}
	if err := r.Validate(); err != nil {
		return fmt.Errorf("-resolver: %w", err)
	}
	return nil
}

// labels collects -label options.
type labels map[string]string

func (l *labels) set(s string) error {
	key, value, found := strings.Cut(s, "=")
	if !found || key == "" {
		return fmt.Errorf("it must be KEY=VALUE")
	}
	if *l == nil {
		*l = make(labels)
	}
	(*l)[key] = value
	return nil
}
