package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
)

// programs are in the order of the columns.
var programs = []string{ours, ringpopGo, memberlist}

var titles = map[string]string{ours: "ringmend", ringpopGo: "ringpop-go v0.10.0", memberlist: "memberlist v0.7.0"}

// verdict is what became of a program under an input, as the page shows it.
type verdict struct {
	Damage string `json:"damage,omitempty"`
	Words  string `json:"words"`
	Power  bool   `json:"power,omitempty"` // what members may do
}

// verdicts are those of programs, by the groups and names of inputs.
type verdicts map[string]map[string]verdict

func key(in *input) string { return string(in.group) + ": " + in.name }

// read adds those of a file, if there is one, for what was not tried again.
func (v verdicts) read(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	before := make(verdicts)
	if err := json.Unmarshal(data, &before); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for program, list := range before {
		for name, old := range list {
			if _, again := v[program][name]; !again {
				v.add(program, name, old)
			}
		}
	}
	return nil
}

func (v verdicts) add(program, name string, one verdict) {
	if v[program] == nil {
		v[program] = make(map[string]verdict)
	}
	v[program][name] = one
}

// forget drops those of inputs that there are no more.
func (v verdicts) forget() {
	known := make(map[string]bool)
	for _, in := range inputs() {
		known[key(&in)] = true
	}
	for _, list := range v {
		maps.DeleteFunc(list, func(name string, _ verdict) bool { return !known[name] })
	}
}

func (v verdicts) write(path string) error {
	data, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// table has a row for each input.
func (v verdicts) table() string {
	var b strings.Builder
	b.WriteString("| sent |")
	for _, p := range programs {
		fmt.Fprintf(&b, " %s |", titles[p])
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(programs)) + "\n")
	last := group("")
	for _, in := range inputs() {
		if in.group != last {
			last = in.group
			fmt.Fprintf(&b, "| **%s** |%s\n", last, strings.Repeat(" |", len(programs)))
		}
		fmt.Fprintf(&b, "| %s |", in.name)
		for _, p := range programs {
			fmt.Fprintf(&b, " %s |", v[p][key(&in)].Words)
		}
		b.WriteByte('\n')
	}
	return b.String() + "\n" + v.summary()
}

// summary counts the damage.
func (v verdicts) summary() string {
	var b strings.Builder
	b.WriteString("| but for the last group | inputs | end it | keep it from answering | change its members | leave it grown |\n|---|---|---|---|---|---|\n")
	for _, p := range programs {
		counts := make(map[string]int)
		of := 0
		for _, one := range v[p] {
			if !one.Power {
				of++
				counts[one.Damage]++
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", titles[p], of, counts[dies], counts[hangs], counts[changes], counts[grows])
	}
	return b.String()
}
