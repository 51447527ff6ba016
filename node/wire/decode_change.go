package wire

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// changeReader reads lists of changes. Membership lists are most of what a node
// decodes, so they are read token by token and not by reflection.
type changeReader struct {
	skipBad bool // leave bad changes out of the list, do not fail
	skipped int  // how many were left out

	scratch []byte // for unquoting
}

// read is a [json.UnmarshalFromFunc] for lists of changes.
func (r *changeReader) read(dec *jsontext.Decoder, list *ChangeList) error {
	switch dec.PeekKind() {
	case 'n':
		*list = ChangeList{}
		return dec.SkipValue()
	case '[':
	default:
		return fmt.Errorf("%w: changes are not a list", ErrInvalid)
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	*list = ChangeList{}
	for n := 0; dec.PeekKind() != ']'; n++ {
		if n >= MaxChanges {
			return fmt.Errorf("%w: more than %d changes", ErrInvalid, MaxChanges)
		}
		change, bad, err := r.readChange(dec)
		switch {
		case err != nil:
			return err
		case bad == nil:
			list.list = append(list.list, change)
		case r.skipBad:
			r.skipped++
		default:
			return fmt.Errorf("change %d: %w", n, bad)
		}
	}
	_, err := dec.ReadToken()
	return err
}

// readChange reads one change to its end. Two things can be wrong: the JSON
// (err), after which nothing more can be read, and what it says (bad).
func (r *changeReader) readChange(dec *jsontext.Decoder) (change Change, bad, err error) {
	if dec.PeekKind() != '{' {
		return change, fmt.Errorf("%w: a change is not an object", ErrInvalid), dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return change, nil, err
	}
	fields := changeFields{status: -1}
	for dec.PeekKind() != '}' {
		key, err := dec.ReadToken()
		if err != nil {
			return change, nil, err
		}
		field := fieldNamed(key.String())
		if field == fieldLabels && dec.PeekKind() == '{' {
			labels, wrong, err := readLabels(dec)
			if err != nil {
				return change, nil, err
			}
			fields.Labels = labels
			bad = firstError(bad, wrong)
			continue
		}
		value, err := dec.ReadValue()
		if err != nil {
			return change, nil, err
		}
		bad = firstError(bad, r.setField(&fields, field, value))
	}
	if _, err := dec.ReadToken(); err != nil {
		return change, nil, err
	}
	change, wrong := fields.finish()
	return change, firstError(bad, wrong), nil
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// changeFields is a change while its keys come in.
type changeFields struct {
	Change
	status    int8 // -1 until it was seen
	tombstone bool
}

func (f *changeFields) finish() (Change, error) {
	switch {
	case f.Address == "":
		return Change{}, fmt.Errorf("%w: no address", ErrInvalid)
	case f.status < 0:
		return Change{}, fmt.Errorf("%w: no status", ErrInvalid)
	case f.Incarnation <= 0 || f.Incarnation > MaxIncarnation:
		return Change{}, fmt.Errorf("%w: incarnation %d of %s", ErrInvalid, f.Incarnation, f.Address)
	case f.SourceIncarnation < 0 || f.SourceIncarnation > MaxIncarnation:
		return Change{}, fmt.Errorf("%w: source incarnation %d", ErrInvalid, f.SourceIncarnation)
	}
	f.Status = Status(f.status)
	if f.tombstone && f.Status == Faulty {
		f.Status = Tombstone
	}
	return f.Change, checkLabels(f.Labels)
}

type changeField uint8

const (
	fieldUnknown changeField = iota
	fieldSource
	fieldSourceIncarnation
	fieldAddress
	fieldIncarnation
	fieldStatus
	fieldTombstone
	fieldLabels
	fieldTimestamp
)

func fieldNamed(key string) changeField {
	switch key {
	case "source":
		return fieldSource
	case "sourceIncarnationNumber":
		return fieldSourceIncarnation
	case "address":
		return fieldAddress
	case "incarnationNumber":
		return fieldIncarnation
	case "status":
		return fieldStatus
	case "tombstone":
		return fieldTombstone
	case "labels":
		return fieldLabels
	case "timestamp":
		return fieldTimestamp
	}
	return fieldUnknown
}

// setField stores a value. A null is the same as an absent key.
func (r *changeReader) setField(f *changeFields, field changeField, value jsontext.Value) (err error) {
	if field == fieldUnknown || value.Kind() == 'n' {
		return nil
	}
	switch field {
	case fieldSource:
		err = r.setAddress(&f.Source, value)
	case fieldAddress:
		err = r.setAddress(&f.Address, value)
	case fieldSourceIncarnation:
		f.SourceIncarnation, err = integer(value)
	case fieldIncarnation:
		f.Incarnation, err = integer(value)
	case fieldTimestamp:
		f.Timestamp, err = integer(value)
	case fieldStatus:
		var status Status
		status, err = statusValue(value)
		f.status = int8(status)
	case fieldTombstone:
		f.tombstone = value.Kind() == 't'
		if value.Kind() != 't' && value.Kind() != 'f' {
			err = fmt.Errorf("%w: tombstone is not a boolean", ErrInvalid)
		}
	case fieldLabels:
		err = fmt.Errorf("%w: labels are not an object", ErrInvalid)
	}
	return err
}

func (r *changeReader) setAddress(address *Address, value jsontext.Value) error {
	if value.Kind() != '"' {
		return fmt.Errorf("%w: an address is not a string", ErrInvalid)
	}
	text, err := jsontext.AppendUnquote(r.scratch[:0], value)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	r.scratch = text
	return address.UnmarshalText(text)
}

func statusValue(value jsontext.Value) (Status, error) {
	for s, name := range statusNames {
		if len(value) == len(name)+2 && bytes.Equal(value[1:len(value)-1], []byte(name)) && value[0] == '"' {
			return Status(s), nil
		}
	}
	return 0, fmt.Errorf("%w: unknown status %.64s", ErrInvalid, value)
}

// integer parses a JSON number that is written without a point or exponent, as
// every Ringpop program writes its integers.
func integer(value jsontext.Value) (int64, error) {
	if value.Kind() != '0' {
		return 0, fmt.Errorf("%w: %.64s is not a number", ErrInvalid, value)
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %.64s is not an integer", ErrInvalid, value)
	}
	return n, nil
}

// readLabels reads an object of strings.
func readLabels(dec *jsontext.Decoder) (labels map[string]string, bad, err error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, nil, err
	}
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return nil, nil, err
		}
		key := token.String()
		if dec.PeekKind() != '"' {
			bad = fmt.Errorf("%w: label %.64q is not a string", ErrInvalid, key)
			if err := dec.SkipValue(); err != nil {
				return nil, nil, err
			}
			continue
		}
		value, err := dec.ReadToken()
		if err != nil {
			return nil, nil, err
		}
		if labels == nil {
			labels = make(map[string]string)
		}
		labels[key] = value.String()
	}
	_, err = dec.ReadToken()
	return labels, bad, err
}
