package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// explained are the beginnings of warnings that the torment makes.
var explained = []string{
	"not joined yet", "joined fewer hosts than wanted", "the process was stopped or starved",
	"heal: the cluster may be split", "heal: merged", "heal: reincarnating",
	"connection closed: bad frame", "connection closed to make room for another", "connection refused: too many are open",
	"few file descriptors (ulimit -n)", "cannot accept connections",
	"the stats file cannot be written", "the snapshot of the members cannot be written", "bidirectional full sync", "skipped changes in an answer",
}

var (
	warning = regexp.MustCompile(`level=(WARN|ERROR) msg=("(?:[^"\\]|\\.)*"|\S+)`)
	crash   = regexp.MustCompile(`^(panic:|fatal error:|WARNING: DATA RACE|goroutine \d+ \[)`)
)

// readLogs counts the warnings of all nodes, and finds those that nothing explains.
func (c *cluster) readLogs(out io.Writer) error {
	files, err := filepath.Glob(filepath.Join(c.dir, "node-*.log"))
	if err != nil {
		return err
	}
	counts := make(map[string]int)
	var unexplained []string
	for _, path := range files {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			line := lines.Text()
			if crash.MatchString(line) {
				unexplained = append(unexplained, filepath.Base(path)+": "+line)
			}
			if found := warning.FindStringSubmatch(line); found != nil {
				message := strings.Trim(found[2], `"`)
				counts[found[1]+" "+message]++
				if !slices.ContainsFunc(explained, func(known string) bool { return strings.HasPrefix(message, known) }) {
					unexplained = append(unexplained, filepath.Base(path)+": "+line)
				}
			}
		}
		err = lines.Err()
		file.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	for message, n := range counts {
		fmt.Fprintf(out, "%6d %s\n", n, message)
	}
	if len(unexplained) > 0 {
		return fmt.Errorf("%d lines that nothing explains, the first: %s", len(unexplained), unexplained[0])
	}
	return nil
}
