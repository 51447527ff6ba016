//go:build linux

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/lab/result"
)

// matrix is many runs: one for each of the values that lines of a file list, repeated.
type matrix struct {
	axes    map[string][]string // system, topology, workload, fault
	options []string            // of all runs
	vary    [][]string          // a flag and its values
	repeat  int
	shuffle bool
	seed    uint64
}

var axisNames = []string{"system", "topology", "workload", "fault"}

// maxRuns bounds a matrix.
const maxRuns = 10_000

const matrixHelp = `A file of lines, each a word and values; # begins a comment:

  system   etcd etcd-pre-vote       one run for each
  topology simple                   of each of these
  workload uniform
  fault    leader partition=1,2|3   arguments after =
  vary     --number-nodes 3 5       a flag with values
  options  --duration 36 --rate 50  of all runs
  repeat   3                        (default 1)
  shuffle  7                        in an order drawn from a seed

Results stand in --result-location, a directory for each run. When it is stopped, the
same command goes on: runs that are finished are not made again, but for those that are
void because the machine was too busy.`

// parseMatrix reads a file; errors name the line.
func parseMatrix(text string) (*matrix, error) {
	m := &matrix{axes: map[string][]string{}, repeat: 1}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if err := m.line(fields[0], fields[1:]); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	for _, axis := range axisNames {
		if len(m.axes[axis]) == 0 {
			return nil, fmt.Errorf("no line begins with %s", axis)
		}
	}
	return m, nil
}

func (m *matrix) line(word string, values []string) (err error) {
	if len(values) == 0 {
		return fmt.Errorf("%s: values are expected after it", word)
	}
	switch {
	case slices.Contains(axisNames, word):
		m.axes[word] = append(m.axes[word], values...)
	case word == "options":
		m.options = append(m.options, values...)
	case word == "vary" && len(values) > 1 && strings.HasPrefix(values[0], "--"):
		m.vary = append(m.vary, values)
	case word == "vary":
		return errors.New("vary: a flag and its values are expected after it")
	case word == "repeat":
		m.repeat, err = strconv.Atoi(values[0])
		if err != nil || m.repeat < 1 || m.repeat > 1000 {
			return fmt.Errorf("repeat: %q is not a number from 1 to 1000", values[0])
		}
	case word == "shuffle":
		m.shuffle = true
		if m.seed, err = strconv.ParseUint(values[0], 10, 64); err != nil {
			return fmt.Errorf("shuffle: %q is no seed", values[0])
		}
	default:
		return fmt.Errorf("unknown word %q, there are %s, vary, options, repeat and shuffle", word, strings.Join(axisNames, ", "))
	}
	return nil
}

// planned is a run of a matrix, with the name of its directory.
type planned struct {
	name   string
	config *result.Config
}

// runs returns all runs, in their order. A run has a seed of its own, which repeats of
// the matrix do not change.
func (m *matrix) runs() ([]planned, error) {
	lists := [][][]string{}
	for _, axis := range axisNames {
		var values [][]string
		for _, v := range m.axes[axis] {
			values = append(values, []string{v})
		}
		lists = append(lists, values)
	}
	for _, v := range m.vary {
		var values [][]string
		for _, value := range v[1:] {
			values = append(values, []string{v[0], value})
		}
		lists = append(lists, values)
	}
	total := m.repeat
	for _, l := range lists {
		if total *= len(l); total > maxRuns {
			return nil, fmt.Errorf("more than %d runs", maxRuns)
		}
	}
	var all []planned
	for repeat := range m.repeat {
		for i := range total / m.repeat {
			var words []string
			for _, l := range lists {
				words = append(words, l[i%len(l)]...)
				i /= len(l)
			}
			p, err := m.run(words, repeat)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", strings.Join(words, " "), err)
			}
			all = append(all, p)
		}
	}
	if m.shuffle {
		random := rand.New(rand.NewPCG(m.seed, 0))
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	return all, nil
}

func (m *matrix) run(words []string, repeat int) (planned, error) {
	o := newOptions()
	f := pflag.NewFlagSet("matrix", pflag.ContinueOnError)
	o.flags(f)
	if err := f.Parse(append(slices.Clone(m.options), words[len(axisNames):]...)); err != nil {
		return planned{}, err
	}
	if f.NArg() > 0 || f.Changed("result-location") || f.Changed("json") {
		return planned{}, fmt.Errorf("options: flags of a run are expected, got %q", strings.Join(m.options, " "))
	}
	fault, args, has := strings.Cut(words[3], "=")
	line := []string{words[0], words[1], words[2], fault}
	if has {
		line = append(line, args)
	}
	if err := o.read(line); err != nil {
		return planned{}, err
	}
	o.config.Seed += uint64(repeat)
	name := strings.Join(append([]string{result.FileName(&o.config)}, words[len(axisNames):]...), "-")
	return planned{fmt.Sprintf("%s-%d", name, repeat+1), &o.config}, nil
}
