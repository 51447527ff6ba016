package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/version"
)

// platforms are those of --platforms when it is not given.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/arm64"}

// options are those of the command line.
type options struct {
	out, root string
	version   string
	platforms []string
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	p := cli.Program{Name: "release", Flags: new(options).flags()}
	return p.Main("Error:", args, stdout, stderr, func(args []string, out io.Writer) error {
		o, err := parse(args, out)
		if err != nil {
			return cli.Usage(err)
		}
		return release(o, out)
	})
}

// flags returns the options as flags.
func (o *options) flags() *pflag.FlagSet {
	fs := pflag.NewFlagSet("release", pflag.ContinueOnError)
	fs.StringVar(&o.out, "out", "dist", "the directory to make, which must not exist")
	fs.StringVar(&o.root, "root", ".", "the sources")
	fs.StringVar(&o.version, "as", version.Number, "the version to release, three numbers with dots")
	fs.StringSliceVar(&o.platforms, "platforms", platforms, "for which systems and processors")
	cli.AddVersion(fs)
	return fs
}

func parse(args []string, stdout io.Writer) (options, error) {
	var o options
	fs := o.flags()
	fs.SetOutput(stdout)
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	if strings.Count(o.version, ".") != 2 || strings.Trim(o.version, "0123456789.") != "" {
		return o, fmt.Errorf("bad version %q: three numbers with dots are expected", o.version)
	}
	for _, p := range o.platforms {
		if strings.Count(p, "/") != 1 {
			return o, fmt.Errorf("bad platform %q: it is like linux/amd64", p)
		}
	}
	return o, nil
}

// release makes all files.
func release(o options, out io.Writer) error {
	if err := os.Mkdir(o.out, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "ringmend-release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	at := commitTime(o.root)
	texts, err := makeTexts(o.root, filepath.Join(work, "texts"))
	if err != nil {
		return err
	}
	for _, platform := range o.platforms {
		system, processor, _ := strings.Cut(platform, "/")
		name := fmt.Sprintf("ringmend-%s-%s-%s", o.version, system, processor)
		fmt.Fprintf(out, "%s\n", name)
		programs, err := build(o.root, filepath.Join(work, name), system, processor)
		if err != nil {
			return err
		}
		if err := makeArchive(filepath.Join(o.out, name+".tar.gz"), name, append(programs, texts...), at); err != nil {
			return err
		}
		if err := makeSBOM(filepath.Join(o.out, name+".cdx.json"), o.version, programs); err != nil {
			return err
		}
		if system == "linux" {
			deb := filepath.Join(o.out, fmt.Sprintf("ringmend_%s_%s.deb", o.version, processor))
			if err := makeDeb(deb, o.version, processor, o.root, append(programs, texts...), at); err != nil {
				return err
			}
		}
	}
	return makeSums(o.out)
}

// commitTime returns when the sources were committed, or now.
func commitTime(root string) time.Time {
	out, err := command(root, nil, "git", "log", "-1", "--format=%cI")
	if err == nil {
		if at, err := time.Parse(time.RFC3339, strings.TrimSpace(out)); err == nil {
			return at.UTC()
		}
	}
	return time.Now().UTC().Truncate(time.Second)
}
