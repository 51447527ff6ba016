package vector

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Vector is one test of one rule: what the node is told and asked, and what it
// must do. See README.md beside the vectors for what the fields mean.
type Vector struct {
	Name      string                 `json:"name"`
	About     string                 `json:"about"`
	Source    string                 `json:"source"`
	Sizes     Sizes                  `json:"sizes"`
	Flags     map[string]any         `json:"flags"`
	Begin     string                 `json:"begin"`
	Hosts     []string               `json:"hosts"`
	Members   map[string]*MemberSpec `json:"members"`
	Elsewhere []string               `json:"elsewhere"`
	Cases     *Table                 `json:"cases"`
	Steps     Steps                  `json:"steps"`

	// Area is the name of the vector's file.
	Area string `json:"-"`
	// bind are the columns of the case that this vector is.
	bind map[string]any
}

// Sizes says in which clusters a vector can be run.
type Sizes struct {
	Min  int  `json:"min"`
	Max  int  `json:"max"`
	Once bool `json:"once"`
}

// of returns those of the wanted sizes at which the vector runs, in order.
func (s Sizes) of(wanted []int) []int {
	var sizes []int
	for _, n := range slices.Sorted(slices.Values(wanted)) {
		if n >= max(1, s.Min) && (s.Max == 0 || n <= s.Max) {
			sizes = append(sizes, n)
		}
	}
	if s.Once && len(sizes) > 1 {
		sizes = sizes[:1]
	}
	return sizes
}

// MemberSpec is how a member appears in the answers to the node's joins.
type MemberSpec struct {
	Status string `json:"status"`
	// Incarnation is relative to the one that members have otherwise.
	Incarnation int64             `json:"incarnation"`
	Labels      map[string]string `json:"labels"`
}

// Names selects fakes: "$1", or a list of such names.
type Names []string

// UnmarshalJSON implements json.Unmarshaler.
func (n *Names) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*n = Names{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(n))
}

// Table is a list of rows with named columns.
type Table struct {
	Columns []string  `json:"columns"`
	Rows    [][]Value `json:"rows"`
}

// row returns the columns of row i by name.
func (t *Table) row(i int) (map[string]any, error) {
	if len(t.Rows[i]) != len(t.Columns) {
		return nil, fmt.Errorf("row %d has %d values for %d columns", i+1, len(t.Rows[i]), len(t.Columns))
	}
	row := make(map[string]any, len(t.Columns))
	for c, name := range t.Columns {
		row[name] = t.Rows[i][c].V
	}
	return row, nil
}

// expand returns the vector once for each of its cases. The first column of
// the cases completes the name.
func (v *Vector) expand() ([]*Vector, error) {
	if v.Cases == nil {
		return []*Vector{v}, nil
	}
	var all []*Vector
	for i := range v.Cases.Rows {
		row, err := v.Cases.row(i)
		if err != nil {
			return nil, fmt.Errorf("%s: cases: %w", v.Name, err)
		}
		one := *v
		one.Cases = nil
		one.bind = row
		one.Name = fmt.Sprintf("%s/%v", v.Name, row[v.Cases.Columns[0]])
		all = append(all, &one)
	}
	return all, nil
}
