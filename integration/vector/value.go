package vector

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Value is a JSON value as a vector or a message holds it: nil, bool, string,
// json.Number, []any or map[string]any. Numbers keep their digits, since
// incarnations do not fit a float64's idea of equality.
type Value struct {
	V   any
	Set bool // it was written, if only as null
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *Value) UnmarshalJSON(data []byte) error {
	decoded, err := decodeJSON(data)
	v.V, v.Set = decoded, err == nil
	return err
}

var errTrailing = errors.New("there is something behind the value")

// decodeJSON decodes exactly one JSON value.
func decodeJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("decode JSON: %w", errTrailing)
	}
	return v, nil
}

// integer returns v as an integer, if it is one.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case json.Number:
		n, err := strconv.ParseInt(string(v), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// number returns v as a number, if it is one.
func number(v any) (float64, bool) {
	if n, ok := integer(v); ok {
		return float64(n), true
	}
	if n, ok := v.(json.Number); ok {
		f, err := n.Float64()
		return f, err == nil
	}
	return 0, false
}

// compare orders two numbers; ok is false when one is none.
func compare(a, b any) (order int, ok bool) {
	if x, isInt := integer(a); isInt {
		if y, isInt := integer(b); isInt {
			switch {
			case x < y:
				return -1, true
			case x > y:
				return 1, true
			}
			return 0, true
		}
	}
	x, okX := number(a)
	y, okY := number(b)
	switch {
	case !okX || !okY:
		return 0, false
	case x < y:
		return -1, true
	case x > y:
		return 1, true
	}
	return 0, true
}

// show prints a value for people, in one line of bounded length.
func show(v any) string {
	const most = 400
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}
