package vector

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// match compares a value with a pattern and returns nil, or an error that says
// where they differ. What "$as" names is stored in captures when all of it
// matches.
//
// A pattern is a JSON value. Scalars match equal ones. An object matches one
// that has at least its keys, with values that match. A list matches one of as
// many elements, each of which matches another of its patterns, in any order.
// An object whose keys begin with "$" is a condition, or several.
func match(pattern, value any, captures map[string]any) error {
	m := matcher{captures: map[string]any{}}
	if err := m.match(pattern, value, true); err != nil {
		return err
	}
	maps.Copy(captures, m.captures)
	return nil
}

type matcher struct{ captures map[string]any }

// mismatch is an error at a path within the value.
type mismatch struct {
	path, what string
}

func (e *mismatch) Error() string {
	if e.path == "" {
		return e.what
	}
	return e.path + ": " + e.what
}

func differ(format string, args ...any) error {
	return &mismatch{what: fmt.Sprintf(format, args...)}
}

// within says that the difference is in a part of the value.
func within(part string, err error) error {
	var m *mismatch
	if errors.As(err, &m) {
		return &mismatch{path: part + m.path, what: m.what}
	}
	return err
}

// match compares; present is false when there is no value at all.
func (m *matcher) match(pattern, value any, present bool) error {
	if object, ok := pattern.(map[string]any); ok && isCondition(object) {
		for _, op := range slices.Sorted(maps.Keys(object)) {
			if err := m.condition(op, object[op], value, present); err != nil {
				return err
			}
		}
		return nil
	}
	if !present {
		return differ("is missing, want %s", show(pattern))
	}
	switch p := pattern.(type) {
	case map[string]any:
		return m.object(p, value)
	case []any:
		return m.list(p, value)
	}
	if order, ok := compare(pattern, value); ok && order == 0 || !ok && reflect.DeepEqual(pattern, value) {
		return nil
	}
	return differ("is %s, want %s", show(value), show(pattern))
}

func isCondition(object map[string]any) bool {
	for key := range object {
		if strings.HasPrefix(key, "$") {
			return true
		}
	}
	return false
}

func (m *matcher) object(pattern map[string]any, value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return differ("is %s, want an object", show(value))
	}
	for _, key := range slices.Sorted(maps.Keys(pattern)) {
		v, present := object[key]
		if err := m.match(pattern[key], v, present); err != nil {
			return within("."+key, err)
		}
	}
	return nil
}

func (m *matcher) list(patterns []any, value any) error {
	list, ok := value.([]any)
	if !ok {
		return differ("is %s, want a list", show(value))
	}
	if len(list) != len(patterns) {
		return differ("has %d elements, want %d: %s", len(list), len(patterns), show(value))
	}
	return m.assign(patterns, list)
}

// assign finds for each pattern an element of its own.
func (m *matcher) assign(patterns, list []any) error {
	owner := make([]int, len(list)) // of each element: the pattern, from 1
	for i := range patterns {
		if !m.place(i, patterns, list, owner, make([]bool, len(list))) {
			return differ("nothing matches %s in %s", show(patterns[i]), show(list))
		}
	}
	for element, i := range owner {
		if i > 0 {
			if err := m.match(patterns[i-1], list[element], true); err != nil {
				return err // it matched before
			}
		}
	}
	return nil
}

// place finds an element for pattern i, if need be by moving others (an
// augmenting path in a bipartite graph).
func (m *matcher) place(i int, patterns, list []any, owner []int, tried []bool) bool {
	for element := range list {
		if tried[element] || match(patterns[i], list[element], map[string]any{}) != nil {
			continue
		}
		tried[element] = true
		if owner[element] == 0 || m.place(owner[element]-1, patterns, list, owner, tried) {
			owner[element] = i + 1
			return true
		}
	}
	return false
}

// condition checks one "$…" key of a pattern.
func (m *matcher) condition(op string, argument, value any, present bool) error {
	switch op {
	case "$absent":
		if wanted, _ := argument.(bool); wanted == present {
			return differ("is %s, want it absent: %v", show(value), wanted)
		}
		return nil
	case "$any":
		return m.anyOf(argument, value, present)
	}
	if !present {
		return differ("is missing, want %s %s", op, show(argument))
	}
	switch op {
	case "$least", "$most", "$above", "$below":
		return bound(op, argument, value)
	case "$not":
		if match(argument, value, map[string]any{}) == nil {
			return differ("is %s, which it must not be", show(value))
		}
		return nil
	case "$as":
		m.captures[fmt.Sprint(argument)] = value
		return nil
	case "$text":
		return text(argument, value)
	case "$has", "$lacks", "$count":
		return m.listCondition(op, argument, value)
	}
	return fmt.Errorf("unknown condition %s", op)
}

func bound(op string, argument, value any) error {
	order, ok := compare(value, argument)
	if !ok {
		return differ("is %s, want a number %s %s", show(value), op, show(argument))
	}
	holds := map[string]bool{"$least": order >= 0, "$most": order <= 0, "$above": order > 0, "$below": order < 0}
	if !holds[op] {
		return differ("is %s, want %s %s", show(value), op, show(argument))
	}
	return nil
}

func (m *matcher) anyOf(argument, value any, present bool) error {
	patterns, ok := argument.([]any)
	if !ok {
		return fmt.Errorf("$any needs a list, not %s", show(argument))
	}
	for _, p := range patterns {
		if m.match(p, value, present) == nil {
			return nil
		}
	}
	return differ("is %s, want any of %s", show(value), show(argument))
}

func text(argument, value any) error {
	expression, err := regexp.Compile(fmt.Sprint(argument))
	if err != nil {
		return fmt.Errorf("$text: %w", err)
	}
	if s, ok := value.(string); !ok || !expression.MatchString(s) {
		return differ("is %s, want text like %q", show(value), expression)
	}
	return nil
}

func (m *matcher) listCondition(op string, argument, value any) error {
	list, ok := value.([]any)
	if !ok {
		return differ("is %s, want a list", show(value))
	}
	switch op {
	case "$count":
		if err := m.match(argument, int64(len(list)), true); err != nil {
			return within(" (number of elements)", err)
		}
	case "$has":
		patterns, ok := argument.([]any)
		if !ok {
			return fmt.Errorf("$has needs a list, not %s", show(argument))
		}
		return m.assign(patterns, list)
	case "$lacks":
		for i := range list {
			if match(argument, list[i], map[string]any{}) == nil {
				return differ("has %s, which it must not", show(list[i]))
			}
		}
	}
	return nil
}
