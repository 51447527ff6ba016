package firewall

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// The back ends of iptables. On a machine that has both, each has rules of its
// own, and packets pass both.
const (
	Legacy   = "legacy"
	NFTables = "nft"
)

// Options say which firewall to use.
type Options struct {
	// Backend is [Legacy], [NFTables] or "" for the one that "iptables" is here.
	Backend string
}

// Firewall is the firewall of the network namespace that this process is in.
type Firewall struct{ options Options }

// New returns the firewall. Nothing is run yet.
func New(o Options) *Firewall { return &Firewall{o} }

// Default returns the format to cut with on this machine: nft before iptables,
// because a table of one's own touches nothing of the user's at all. The error is
// [ErrMissing].
func (f *Firewall) Default() (string, error) {
	switch {
	case runtime.GOOS == "darwin" && found("pfctl"):
		return format.PF, nil
	case f.options.Backend == "" && found("nft"):
		return format.NFT, nil
	case found(f.program(false, "restore")):
		return format.Restore, nil
	default:
		return "", fmt.Errorf("%w: neither nft nor iptables is installed", ErrMissing)
	}
}

// CanAsk reports whether a decision about packets can be left to package gate.
func (f *Firewall) CanAsk() bool {
	return runtime.GOOS == "linux" && found(f.program(false, "restore"))
}

// Check makes sure that a cut can be made: that this process may, and that there
// is none. The error wraps [ErrPermission] or [ErrCut].
func (f *Firewall) Check(ctx context.Context) error {
	cuts, err := f.Status(ctx)
	if err != nil {
		return err
	}
	if len(cuts) > 0 {
		return fmt.Errorf("%w (%s): mend it first, with --heal --apply", ErrCut, cuts[0].Where)
	}
	return nil
}

// Load is what is loaded at once: a plan in a format.
type Load struct {
	Format string
	Plan   *rules.Plan
}

// Loads returns how to cut on this machine: in the format of Default or, when
// connections must be asked about, that of iptables, the only one that can. Where the
// rules about connections would be too many for iptables (see [rules.Heavy]) and nft is
// installed, that gets them, in a set. The error is that of Default.
func (f *Firewall) Loads(plan *rules.Plan) ([]Load, error) {
	if !plan.Asks() {
		name, err := f.Default()
		return []Load{{name, plan}}, err
	}
	connections, others := plan.Connections()
	if len(connections.Rules) <= rules.Heavy || f.options.Backend != "" || !found("nft") {
		return []Load{{format.Restore, plan}}, nil
	}
	return []Load{{format.NFT, connections}, {format.Restore, others}}, nil
}

// Cut loads a plan in a format. When only a part of it can be loaded it takes that
// back and returns the error.
func (f *Firewall) Cut(ctx context.Context, name string, plan *rules.Plan) error {
	return f.CutAll(ctx, []Load{{name, plan}})
}

// CutAll is Cut for what Loads returns.
func (f *Firewall) CutAll(ctx context.Context, loads []Load) error {
	texts := make([]string, len(loads))
	for i, l := range loads {
		var err error
		if texts[i], err = format.Cut(l.Format, l.Plan); err != nil {
			return err
		}
	}
	for i, l := range loads {
		if err := f.load(ctx, l.Format, texts[i], l.Plan); err != nil {
			err = fmt.Errorf("cutting: %w", err)
			// The caller may be gone by now, the firewall must be whole nevertheless.
			if _, mendErr := f.MendAll(context.WithoutCancel(ctx)); mendErr != nil {
				err = errors.Join(err, mendErr)
			}
			return err
		}
	}
	return nil
}

func (f *Firewall) load(ctx context.Context, name, text string, plan *rules.Plan) error {
	var err error
	switch name {
	case format.NFT:
		_, err = run(ctx, text, "nft", "-f", "-")
	case format.PF:
		_, err = run(ctx, text, "pfctl", "-q", "-a", format.Anchor, "-f", "-")
	case format.Restore:
		v4, v6 := plan.Families()
		if v4 {
			_, err = run(ctx, text, f.program(false, "restore"), "--noflush")
		}
		if v6 && err == nil {
			_, err = run(ctx, text, f.program(true, "restore"), "--noflush")
		}
	default:
		err = fmt.Errorf("%w: %s is for a shell, not for --apply", format.ErrUnknown, name)
	}
	return err
}

// MendAll mends every cut that there is and returns them.
func (f *Firewall) MendAll(ctx context.Context) ([]Cut, error) {
	cuts, err := f.Status(ctx)
	if err != nil {
		return nil, err
	}
	return cuts, f.Mend(ctx, cuts)
}

// Mend takes cuts back. It goes on after an error, and returns all of them.
func (f *Firewall) Mend(ctx context.Context, cuts []Cut) error {
	var errs []error
	for _, c := range cuts {
		if _, err := run(ctx, c.heal, c.program[0], c.program[1:]...); err != nil {
			errs = append(errs, fmt.Errorf("mending %s: %w", c.Where, err))
		}
	}
	return errors.Join(errs...)
}

// program returns the name of an iptables program: iptables-restore,
// ip6tables-legacy-save.
func (f *Firewall) program(v6 bool, what string) string {
	return iptablesProgram(f.options.Backend, v6, what)
}

func iptablesProgram(backend string, v6 bool, what string) string {
	name := "iptables-"
	if v6 {
		name = "ip6tables-"
	}
	if backend != "" {
		name += backend + "-"
	}
	return name + what
}
