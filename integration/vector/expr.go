package vector

import (
	"fmt"
	"regexp"
	"strconv"
)

// A scope gives placeholders their values. The name comes without the "$".
type scope interface {
	// value returns an address, a number or what was captured.
	value(name string) (any, error)
	// incarnation returns the incarnation of the member that name stands for.
	incarnation(name string) (int64, error)
}

const placeholder = `(?:[A-Za-z][A-Za-z0-9]*|[0-9]+)(?:\.inc)?(?:[+-][0-9]+)?`

var (
	wholePlaceholder = regexp.MustCompile(`^\$(` + placeholder + `)$`)
	textPlaceholder  = regexp.MustCompile(`\$\{(` + placeholder + `)\}`)
	placeholderParts = regexp.MustCompile(`^([A-Za-z0-9]+?)(\.inc)?([+-][0-9]+)?$`)
)

// evaluate replaces the placeholders in v: a string that is one ("$2.inc+1")
// by its value, and those within longer strings ("${2}") by their text.
func evaluate(v any, s scope) (any, error) {
	switch v := v.(type) {
	case string:
		return evaluateString(v, s)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var err error
			if list[i], err = evaluate(v[i], s); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		object := make(map[string]any, len(v))
		for key := range v {
			value, err := evaluate(v[key], s)
			if err != nil {
				return nil, err
			}
			object[key] = value
		}
		return object, nil
	}
	return v, nil
}

func evaluateString(text string, s scope) (any, error) {
	if m := wholePlaceholder.FindStringSubmatch(text); m != nil {
		return resolve(m[1], s)
	}
	return interpolate(text, s)
}

// interpolate replaces "${NAME}" in a text.
func interpolate(text string, s scope) (string, error) {
	var failed error
	text = textPlaceholder.ReplaceAllStringFunc(text, func(match string) string {
		v, err := resolve(match[2:len(match)-1], s)
		if err != nil {
			failed = err
			return match
		}
		return fmt.Sprint(v)
	})
	return text, failed
}

// resolve returns the value of NAME, NAME.inc, and either with an offset.
func resolve(expression string, s scope) (any, error) {
	m := placeholderParts.FindStringSubmatch(expression)
	name, isIncarnation, offset := m[1], m[2] != "", m[3]
	var v any
	var err error
	if isIncarnation {
		v, err = s.incarnation(name)
	} else {
		v, err = s.value(name)
	}
	if err != nil || offset == "" {
		return v, err
	}
	n, ok := integer(v)
	if !ok {
		return nil, fmt.Errorf("$%s: $%s is no integer but %s", expression, name, show(v))
	}
	by, err := strconv.ParseInt(offset, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("$%s: %w", expression, err)
	}
	return n + by, nil
}
