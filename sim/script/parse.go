package script

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting is a line of a script that sets something for the whole run.
type setting struct {
	name   string
	always bool // printed even when it is the default
	get    func(*Script) string
	set    func(*Script, string) error
	reset  func(s, usual *Script) // takes over what is usual
}

var settings = []setting{
	{
		name: "nodes", always: true,
		get: func(s *Script) string { return strconv.Itoa(s.Nodes) },
		set: func(s *Script, text string) (err error) {
			s.Nodes, err = strconv.Atoi(text)
			s.Start = s.Nodes
			return err
		},
	},
	{
		name: "seed", always: true,
		get: func(s *Script) string { return strconv.FormatUint(s.Seed, 10) },
		set: func(s *Script, text string) (err error) {
			s.Seed, err = strconv.ParseUint(text, 10, 64)
			return err
		},
	},
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
	wordField("resolver", func(s *Script) *string { return &s.Resolver }),
	timeField("stable", func(s *Script) *time.Duration { return &s.Stable }),
	flagField("guarded", func(s *Script) *bool { return &s.Guarded }),
	wordField("mutant", func(s *Script) *string { return &s.Mutant }),
}

// Settings returns how each line of a script looks that sets something, with its
// default where there is one.
func Settings() []string {
	usual := New(0)
	var forms []string
	for _, f := range settings {
		form := strings.TrimSpace(f.name + " " + f.get(usual))
		switch f.name {
		case "nodes", "start":
			form = f.name + " N"
		case "checksum":
			form = f.name + " " + strings.Join(Checksums(), "|")
		case "tables":
			form = f.name + " " + TablesOwn + "|" + TablesShared
		case "rules":
			form = f.name + " " + strings.Join(RuleSets(), "|")
		case "resolver":
			form = f.name + " STRATEGY[,observe]"
		case "mutant":
			form = f.name + " NAME"
		}
		forms = append(forms, form)
	}
	return forms
}

// field is a setting whose value is of some type.
func field[T any](name string, of func(*Script) *T, text func(T) string, parse func(string) (T, error)) setting {
	return setting{
		name: name,
		get:  func(s *Script) string { return text(*of(s)) },
		set: func(s *Script, text string) (err error) {
			*of(s), err = parse(text)
			return err
		},
		reset: func(s, usual *Script) { *of(s) = *of(usual) },
	}
}

func intField(name string, of func(*Script) *int) setting {
	return field(name, of, strconv.Itoa, strconv.Atoi)
}

func timeField(name string, of func(*Script) *time.Duration) setting {
	return field(name, of, time.Duration.String, time.ParseDuration)
}

func rateField(name string, of func(*Script) *float64) setting {
	return field(name, of,
		func(rate float64) string { return strconv.FormatFloat(rate, 'g', -1, 64) },
		func(text string) (float64, error) { return strconv.ParseFloat(text, 64) })
}

func wordField(name string, of func(*Script) *string) setting {
	return field(name, of,
		func(word string) string { return word },
		func(text string) (string, error) { return text, nil })
}

// flagField is a line that is there or not.
func flagField(name string, of func(*Script) *bool) setting {
	return field(name, of,
		func(set bool) string {
			if set {
				return " "
			}
			return ""
		},
		func(text string) (bool, error) {
			if text != "" {
				return false, fmt.Errorf("%s takes no value", name)
			}
			return true, nil
		})
}

// Parse reads a script: a line for each setting, such as "nodes 5" or "loss
// 0.01", and a line for each step, such as "10s cut 1-3 | 4,5 how=drop". What
// is behind a # is a comment. Errors wrap [ErrInvalid].
func Parse(text string) (*Script, error) {
	s := New(0)
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if err := s.parseLine(line); err != nil {
			return nil, fmt.Errorf("%w: line %d: %q: %w", ErrInvalid, i+1, line, err)
		}
	}
	slices.SortStableFunc(s.Steps, func(a, b Step) int { return int(a.At - b.At) })
	return s, s.Validate()
}

func (s *Script) parseLine(line string) error {
	first, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	if at, err := time.ParseDuration(first); err == nil {
		st, err := ParseStep(rest)
		st.At = at
		s.Steps = append(s.Steps, st)
		return err
	}
	for _, f := range settings {
		if f.name == first {
			return f.set(s, rest)
		}
	}
	return fmt.Errorf("neither a setting nor a time")
}
