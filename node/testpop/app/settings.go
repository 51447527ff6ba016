package app

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/ringmend/ringmend/internal/utf8file"
)

// variablePrefix begins the names of the environment's variables that stand for flags:
// TESTPOP_SUSPECT_PERIOD for -suspect-period.
const variablePrefix = "TESTPOP_"

func variable(flag string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// maxConfig is the longest file of settings in bytes.
const maxConfig = 1 << 20

// setting is a flag that was given, with where.
type setting struct{ name, value, from string }

// recorder is a value of a flag that remembers what it was set to, as it was written.
type recorder struct {
	flag.Value
	text string
	set  bool
}

// Set implements flag.Value.
func (r *recorder) Set(text string) error {
	err := r.Value.Set(text)
	if err == nil {
		if r.set {
			text = r.text + " " + text // a flag that may be repeated
		}
		r.text, r.set = text, true
	}
	return err
}

// IsBoolFlag lets flags without a value be set, as that of the value that is recorded.
func (r *recorder) IsBoolFlag() bool {
	b, ok := r.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// record makes the flags remember what they are set to.
func record(fs *flag.FlagSet) map[string]*recorder {
	all := make(map[string]*recorder)
	fs.VisitAll(func(f *flag.Flag) {
		r := &recorder{Value: f.Value}
		f.Value, all[f.Name] = r, r
	})
	return all
}

// settle sets the flags that the command line has not: from the environment, and then
// from the file of -config. It returns all that are set.
func settle(fs *flag.FlagSet, flags map[string]*recorder, getenv func(string) string) ([]setting, error) {
	given := make(map[string]string)
	for name, f := range flags {
		if f.set {
			given[name] = "flag"
		}
	}
	var errs []error
	fs.VisitAll(func(f *flag.Flag) {
		value := getenv(variable(f.Name))
		if value == "" || given[f.Name] != "" || f.Name == "version" || f.Name == "V" {
			return
		}
		if err := fs.Set(f.Name, value); err != nil {
			errs = append(errs, fmt.Errorf("%s=%s in the environment: %w", variable(f.Name), value, err))
		}
		given[f.Name] = "environment"
	})
	if err := errors.Join(errs...); err != nil {
		return nil, firstLine(err)
	}
	if file := flags["config"].text; file != "" {
		if err := settleFromFile(fs, given, file); err != nil {
			return nil, err
		}
	}
	var all []setting
	fs.VisitAll(func(f *flag.Flag) {
		if from := given[f.Name]; from != "" {
			all = append(all, setting{f.Name, flags[f.Name].text, from})
		}
	})
	return all, nil
}

// firstLine returns the first of several errors.
func firstLine(err error) error {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(line)
}

func settleFromFile(fs *flag.FlagSet, given map[string]string, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("file of settings: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err == nil && len(data) > maxConfig {
		err = fmt.Errorf("more than %d bytes", maxConfig)
	}
	if err == nil {
		data, err = utf8file.Text(data)
	}
	if err != nil {
		return fmt.Errorf("file of settings %s: %w", path, err)
	}
	lines := bufio.NewScanner(strings.NewReader(string(data)))
	seen := make(map[string]bool)
	for number := 1; lines.Scan(); number++ {
		name, value, err := parseSetting(lines.Text())
		switch {
		case err != nil:
		case name == "":
			continue
		case name == "config" || name == "version" || name == "V" || fs.Lookup(name) == nil:
			err = fmt.Errorf("there is no setting %q", name)
		case seen[name]:
			err = fmt.Errorf("%s is set twice", name)
		case given[name] == "":
			given[name] = "file"
			err = fs.Set(name, value)
		}
		if err != nil {
			return fmt.Errorf("file of settings %s: line %d: %w", path, number, err)
		}
		seen[name] = true
	}
	return lines.Err()
}

// parseSetting reads a line "name = value"; one with a comment or nothing has no name.
func parseSetting(line string) (name, value string, err error) {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return "", "", nil
	}
	name, value, found := strings.Cut(line, "=")
	if !found {
		return "", "", fmt.Errorf("%q is not name = value", line)
	}
	return strings.TrimSpace(name), strings.TrimSpace(value), nil
}

// logSettings says what a node runs with that is no default, and where that was given.
func logSettings(log *slog.Logger, all []setting) {
	var args []any
	for _, s := range all {
		args = append(args, s.name, s.value+" ("+s.from+")")
	}
	log.Info("settings", args...)
}
