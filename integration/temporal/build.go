package temporal

import (
	"bufio"
	"context"
	"debug/buildinfo"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Server is the version of Temporal's server.
const Server = "v1.32.1"

// Programs are the paths of the programs of a cluster.
type Programs struct {
	// Stock is Temporal's server as it is published.
	Stock string
	// Ringmend is the same source with compat/temporal in place of Temporal's fork of ringpop-go.
	Ringmend string
	// Load runs workflows.
	Load string
}

//go:embed load.go.txt
var load []byte

const (
	fork     = "github.com/temporalio/ringpop-go" // what replace lines replace
	ringmend = "github.com/ringmend/ringmend"
	server   = "go.temporal.io/server"
)

// build is a module in a directory of the user's cache, from which programs are built. The
// compiler's own cache makes all but the first build quick.
type build struct {
	dir      string
	progress io.Writer
}

// Build builds the server as it is published, with ringmend only if that is wanted, and the
// load. It says on progress what takes long.
func Build(ctx context.Context, withRingmend bool, progress io.Writer) (*Programs, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	cache = filepath.Join(cache, "ringmend")
	stock := &build{filepath.Join(cache, "temporal-"+Server), progress}
	if err := stock.prepare(ctx, nil); err != nil {
		return nil, err
	}
	p := new(Programs)
	if p.Stock, err = stock.program(ctx, "temporal-server", server+"/cmd/server"); err != nil {
		return nil, err
	}
	if p.Load, err = stock.program(ctx, "load-program", "./load"); err != nil {
		return nil, err
	}
	if err := checkReplaced(p.Stock, ""); err != nil || !withRingmend {
		return p, err
	}
	checkout, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", ringmend).Output()
	if err != nil {
		return nil, fmt.Errorf("find the checkout: %w", err)
	}
	here := strings.TrimSpace(string(checkout))
	compat := filepath.Join(here, "compat", "temporal")
	ours := &build{filepath.Join(cache, "temporal-"+Server+"-ringmend"), progress}
	if err := ours.prepare(ctx, []string{fork + "=" + compat, ringmend + "=" + here}); err != nil {
		return nil, err
	}
	if p.Ringmend, err = ours.program(ctx, "temporal-server", server+"/cmd/server"); err != nil {
		return nil, err
	}
	return p, checkReplaced(p.Ringmend, compat)
}

// prepare writes the module, with replace lines.
func (b *build) prepare(ctx context.Context, replaces []string) error {
	for name, text := range map[string][]byte{
		"go.mod":       []byte("module temporalcluster\n\ngo 1.26.0\n\nrequire " + server + " " + Server + "\n"),
		"tools.go":     []byte("//go:build tools\n\npackage tools\n\nimport _ \"" + server + "/cmd/server\"\n"),
		"load/main.go": load,
	} {
		path := filepath.Join(b.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	for _, replace := range replaces {
		fmt.Fprintln(b.progress, "replace", strings.Replace(replace, "=", " => ", 1))
		if err := b.run(ctx, nil, "mod", "edit", "-replace="+replace); err != nil {
			return err
		}
	}
	fmt.Fprintln(b.progress, "fetching what Temporal's server", Server, "needs")
	return b.run(ctx, nil, "mod", "tidy")
}

// program builds a program, and returns its path.
func (b *build) program(ctx context.Context, name, pkg string) (string, error) {
	path := filepath.Join(b.dir, name)
	fmt.Fprintln(b.progress, "building", path)
	compiled := &counter{to: b.progress, began: time.Now()}
	return path, b.run(ctx, compiled, "build", "-v", "-o", path, pkg)
}

func (b *build) run(ctx context.Context, lines *counter, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	last := lines.read(out)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, last)
	}
	return nil
}

// counter counts the packages that go build says it compiles, and tells how many now and then.
type counter struct {
	to    io.Writer
	began time.Time
	count int
	told  time.Time
}

const tellEvery = 15 * time.Second

// read reads to the end, and returns the last lines.
func (c *counter) read(from io.Reader) (last string) {
	var tail []string
	for lines := bufio.NewScanner(from); lines.Scan(); {
		tail = append(tail, lines.Text())
		tail = tail[max(0, len(tail)-20):]
		if c == nil {
			continue
		}
		c.count++
		if now := time.Now(); now.Sub(c.began) >= tellEvery && now.Sub(c.told) >= tellEvery {
			fmt.Fprintf(c.to, "%v: %d packages compiled\n", now.Sub(c.began).Round(time.Second), c.count)
			c.told = now
		}
	}
	return strings.Join(tail, "\n")
}

// checkReplaced reads from a program whether the fork in it is that of a directory; an empty
// one stands for the published fork.
func checkReplaced(program, dir string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	for _, d := range info.Deps {
		switch {
		case d.Path != fork:
		case dir == "" && d.Replace == nil, d.Replace != nil && d.Replace.Path == dir:
			return nil
		default:
			return fmt.Errorf("%s has another %s than %q", program, fork, dir)
		}
	}
	return errors.New(program + " has no " + fork)
}
