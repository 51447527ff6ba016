package discovery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Exec is a program with its arguments that prints the hosts: a JSON array of
// "host:port" strings, or one host:port a line. It is run without a shell, and killed
// when the time for it is over.
type Exec []string

const (
	// execGrace is how long what the program has started may keep its output open.
	execGrace = 500 * time.Millisecond
	// maxComplaint is how many bytes of a program's error output an error repeats.
	maxComplaint = 200
)

// Hosts runs the program. The error wraps [ErrHosts] when it prints something else than
// hosts.
func (e Exec) Hosts(ctx context.Context) ([]string, error) {
	if len(e) == 0 {
		return nil, fmt.Errorf("%w: no program", ErrSource)
	}
	stdout, stderr := &bounded{limit: maxFileSize + 1}, &bounded{limit: maxComplaint}
	cmd := exec.CommandContext(ctx, e[0], e[1:]...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.WaitDelay = execGrace
	if err := cmd.Run(); err != nil && !(errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil) {
		if ended := context.Cause(ctx); ended != nil {
			err = ended
		}
		return nil, fmt.Errorf("hosts from %s: %w%s", e[0], err, complaint(stderr.buf.String()))
	}
	hosts, err := parseOutput(stdout.buf.Bytes())
	if err != nil {
		return nil, fmt.Errorf("hosts from %s: %w", e[0], err)
	}
	return hosts, nil
}

func complaint(said string) string {
	if said = strings.TrimSpace(said); said == "" {
		return ""
	}
	return fmt.Sprintf(": %q", said)
}

// parseOutput reads a JSON array or lines.
func parseOutput(data []byte) ([]string, error) {
	trimmed := bytes.TrimSpace(data)
	if bytes.HasPrefix(trimmed, []byte("[")) && !looksLikeIPv6(trimmed) || len(data) > maxFileSize {
		return ParseJSON(data)
	}
	var hosts []string
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := wire.ParseAddress(line); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrHosts, number, err)
		}
		hosts = append(hosts, line)
	}
	return hosts, nil
}

// looksLikeIPv6 reports whether text that begins with a bracket begins with the address
// of a host.
func looksLikeIPv6(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	_, err := wire.ParseAddress(string(bytes.TrimSpace(line)))
	return err == nil
}

// bounded keeps the beginning of what is written to it. It does not embed its buffer,
// whose ReadFrom would know no bound.
type bounded struct {
	buf   bytes.Buffer
	limit int
}

func (b *bounded) Write(p []byte) (int, error) {
	b.buf.Write(p[:min(len(p), max(0, b.limit-b.buf.Len()))])
	return len(p), nil
}
