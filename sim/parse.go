package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scriptField is a line of a script that sets something for the whole run.
type scriptField struct {
	name   string
	always bool // printed even when it is the default
	get    func(*Script) string
	set    func(*Script, string) error
}

var scriptFields = []scriptField{
	{"nodes", true,
		func(s *Script) string { return strconv.Itoa(s.Nodes) },
		func(s *Script, text string) (err error) {
			s.Nodes, err = strconv.Atoi(text)
			s.Start = s.Nodes
			return err
		}},
	{"seed", true,
		func(s *Script) string { return strconv.FormatUint(s.Seed, 10) },
		func(s *Script, text string) (err error) { s.Seed, err = strconv.ParseUint(text, 10, 64); return err }},
	intField("start", func(s *Script) *int { return &s.Start }),
	timeField("spread", func(s *Script) *time.Duration { return &s.Spread }),
	flagField("warm", func(s *Script) *bool { return &s.Warm }),
	timeField("for", func(s *Script) *time.Duration { return &s.For }),
	timeField("latency", func(s *Script) *time.Duration { return &s.Latency }),
	timeField("jitter", func(s *Script) *time.Duration { return &s.Jitter }),
	rateField("loss", func(s *Script) *float64 { return &s.Loss }),
	rateField("duplicate", func(s *Script) *float64 { return &s.Duplicate }),
	timeField("skew", func(s *Script) *time.Duration { return &s.Skew }),
	intField("hosts", func(s *Script) *int { return &s.Hosts }),
	intField("room", func(s *Script) *int { return &s.Room }),
	flagField("labels", func(s *Script) *bool { return &s.Labels }),
	wordField("tables", func(s *Script) *string { return &s.Tables }),
	flagField("wire", func(s *Script) *bool { return &s.Wire }),
	timeField("suspect", func(s *Script) *time.Duration { return &s.Suspect }),
	timeField("faulty", func(s *Script) *time.Duration { return &s.Faulty }),
	timeField("tombstone", func(s *Script) *time.Duration { return &s.Tombstone }),
	wordField("checksum", func(s *Script) *string { return &s.Checksum }),
	wordField("rules", func(s *Script) *string { return &s.Rules }),
	wordField("mutant", func(s *Script) *string { return &s.Mutant }),
}

// Settings returns how each line of a script looks that sets something, with its
// default where there is one.
func Settings() []string {
	usual := NewScript(0)
	var forms []string
	for _, f := range scriptFields {
		form := strings.TrimSpace(f.name + " " + f.get(usual))
		switch f.name {
		case "nodes", "start":
			form = f.name + " N"
		case "checksum":
			form = f.name + " " + strings.Join(Checksums(), "|")
		case "tables":
			form = f.name + " " + tablesOwn + "|" + tablesShared
		case "rules":
			form = f.name + " " + strings.Join(RuleSets(), "|")
		case "mutant":
			form = f.name + " NAME"
		}
		forms = append(forms, form)
	}
	return forms
}

func intField(name string, of func(*Script) *int) scriptField {
	return scriptField{name, false,
		func(s *Script) string { return strconv.Itoa(*of(s)) },
		func(s *Script, text string) (err error) { *of(s), err = strconv.Atoi(text); return err }}
}

func timeField(name string, of func(*Script) *time.Duration) scriptField {
	return scriptField{name, false,
		func(s *Script) string { return of(s).String() },
		func(s *Script, text string) (err error) { *of(s), err = time.ParseDuration(text); return err }}
}

func rateField(name string, of func(*Script) *float64) scriptField {
	return scriptField{name, false,
		func(s *Script) string { return strconv.FormatFloat(*of(s), 'g', -1, 64) },
		func(s *Script, text string) (err error) { *of(s), err = strconv.ParseFloat(text, 64); return err }}
}

func wordField(name string, of func(*Script) *string) scriptField {
	return scriptField{name, false,
		func(s *Script) string { return *of(s) },
		func(s *Script, text string) error { *of(s) = text; return nil }}
}

// flagField is a line that is there or not.
func flagField(name string, of func(*Script) *bool) scriptField {
	return scriptField{name, false,
		func(s *Script) string {
			if *of(s) {
				return " "
			}
			return ""
		},
		func(s *Script, text string) error {
			if text != "" {
				return fmt.Errorf("%s takes no value", name)
			}
			*of(s) = true
			return nil
		}}
}

// Parse reads a script: a line for each setting, such as "nodes 5" or "loss
// 0.01", and a line for each step, such as "10s cut 1-3 | 4,5 how=drop". What
// is behind a # is a comment. Errors wrap [ErrScript].
func Parse(text string) (*Script, error) {
	s := NewScript(0)
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if err := s.parseLine(line); err != nil {
			return nil, fmt.Errorf("%w: line %d: %q: %w", ErrScript, i+1, line, err)
		}
	}
	slices.SortStableFunc(s.Steps, func(a, b Step) int { return int(a.At - b.At) })
	return s, s.Validate()
}

func (s *Script) parseLine(line string) error {
	first, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	if at, err := time.ParseDuration(first); err == nil {
		st, err := parseStep(rest)
		st.At = at
		s.Steps = append(s.Steps, st)
		return err
	}
	for _, f := range scriptFields {
		if f.name == first {
			return f.set(s, rest)
		}
	}
	return fmt.Errorf("neither a setting nor a time")
}
