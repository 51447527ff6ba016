package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The files of a results directory.
const (
	ConfigFile  = "config.json"
	OpsFile     = "ops.jsonl"
	EventsFile  = "events.jsonl"
	PacketsFile = "packets.json"
	SummaryFile = "summary.json"
	ReportFile  = "report.html"
	HistoryFile = "history.html"
)

// MakeDir makes the directory of a run: the given one, which must not exist or be
// empty, or a new one below results.
func MakeDir(given string, c *Config) (string, error) {
	if given != "" {
		if err := os.MkdirAll(given, 0o755); err != nil {
			return "", err
		}
		entries, err := os.ReadDir(given)
		if err == nil && len(entries) > 0 {
			err = fmt.Errorf("%s is not empty, and results are never overwritten", given)
		}
		return given, err
	}
	if err := os.MkdirAll("results", 0o755); err != nil {
		return "", err
	}
	name := c.Began.Format("20060102-150405-") + FileName(c)
	for i := 1; ; i++ {
		dir := filepath.Join("results", name)
		if i > 1 {
			dir += fmt.Sprintf("-%d", i)
		}
		if err := os.Mkdir(dir, 0o755); err == nil || !os.IsExist(err) {
			return dir, err
		}
	}
}

// FileName is the name of a run in those of files and directories.
func FileName(c *Config) string {
	name := strings.Join([]string{c.System, c.Topology, c.Workload, c.FaultName()}, "-")
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("+-_.", r) {
			return r
		}
		return '_'
	}, name)
}

// WriteJSON writes a value to a file, indented.
func WriteJSON(path string, value any) error {
	return write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(value)
	})
}

func write(path string, to func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(to(f), f.Close())
}

// Run is all that a results directory holds.
type Run struct {
	Dir     string
	Config  *Config
	Ops     []Op
	Events  []Event
	Packets []LinkCounts
	Summary *Summary
}

// Write writes the files of a run.
func (r *Run) Write() error {
	path := func(name string) string { return filepath.Join(r.Dir, name) }
	packets := struct {
		Version int          `json:"version"`
		Links   []LinkCounts `json:"links"`
	}{FormatVersion, r.Packets}
	return errors.Join(
		write(path(OpsFile), func(w io.Writer) error { return WriteLines(w, r.Ops) }),
		write(path(EventsFile), func(w io.Writer) error { return WriteLines(w, r.Events) }),
		WriteJSON(path(PacketsFile), packets),
		WriteJSON(path(SummaryFile), r.Summary),
	)
}

// Load reads config.json and summary.json of a directory.
func Load(dir string) (*Run, error) {
	r := &Run{Dir: dir, Summary: new(Summary)}
	if err := read(filepath.Join(dir, ConfigFile), func(f io.Reader) (err error) {
		r.Config, err = ReadConfig(f)
		return err
	}); err != nil {
		return nil, err
	}
	return r, read(filepath.Join(dir, SummaryFile), func(f io.Reader) error {
		err := json.NewDecoder(io.LimitReader(f, 16<<20)).Decode(r.Summary)
		if err == nil && r.Summary.Version != FormatVersion {
			err = fmt.Errorf("version %d, this program reads version %d", r.Summary.Version, FormatVersion)
		}
		return err
	})
}

// LoadAll reads the operations and events, too.
func LoadAll(dir string) (*Run, error) {
	r, err := Load(dir)
	if err != nil {
		return nil, err
	}
	return r, errors.Join(
		read(filepath.Join(dir, OpsFile), func(f io.Reader) (err error) { r.Ops, err = ReadOps(f); return err }),
		read(filepath.Join(dir, EventsFile), func(f io.Reader) (err error) { r.Events, err = ReadEvents(f); return err }),
	)
}

// read names the file in errors.
func read(path string, from func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := from(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
