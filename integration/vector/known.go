package vector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// Known lists the vectors that a published program fails, with the reasons. It
// is documentation as much as it is a list of exceptions.
type Known struct {
	Program  string         `json:"program"`
	Failures []KnownFailure `json:"failures"`
}

// KnownFailure is one defect of a program, with the vectors that show it.
type KnownFailure struct {
	// Vectors are names, or patterns in the way of [path.Match].
	Vectors []string `json:"vectors"`
	// Sizes are those at which it shows; none for all.
	Sizes  []int  `json:"sizes"`
	Reason string `json:"reason"`
	// Skip is for vectors that make no sense for the program, and are not run.
	Skip bool `json:"skip"`
	// Flaky is for defects that do not show in every run.
	Flaky bool `json:"flaky"`
}

// LoadKnown reads the failures of the named program from known.json.
func LoadKnown(files fs.FS, name string) (*Known, error) {
	data, err := fs.ReadFile(files, "known.json")
	if err != nil {
		return nil, err
	}
	var all map[string]*Known
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		return nil, fmt.Errorf("known.json: %w", err)
	}
	known, ok := all[name]
	if !ok {
		return nil, fmt.Errorf("known.json knows nothing of %q", name)
	}
	return known, nil
}

// find returns what is known about a vector at a size; nil if nothing is.
func (k *Known) find(name string, size int) *KnownFailure {
	if k == nil {
		return nil
	}
	for i := range k.Failures {
		f := &k.Failures[i]
		if f.names(name) && (len(f.Sizes) == 0 || slices.Contains(f.Sizes, size)) {
			return f
		}
	}
	return nil
}

func (f *KnownFailure) names(name string) bool {
	return slices.ContainsFunc(f.Vectors, func(pattern string) bool {
		matched, err := path.Match(pattern, name)
		return pattern == name || err == nil && matched
	})
}

// Unused returns patterns that name none of the vectors.
func (k *Known) Unused(vectors []*Vector) []string {
	var unused []string
	for _, f := range k.Failures {
		for _, pattern := range f.Vectors {
			one := KnownFailure{Vectors: []string{pattern}}
			if !slices.ContainsFunc(vectors, func(v *Vector) bool { return one.names(v.Name) }) {
				unused = append(unused, pattern)
			}
		}
	}
	return unused
}
