package vector

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// notVectors are the JSON files beside the vectors.
var notVectors = []string{"schema.json", "known.json"}

// Load reads all vectors (*.json) of a directory and checks them against its
// schema.json. Vectors with cases come out once for each case.
func Load(files fs.FS) ([]*Vector, error) {
	schema, err := compileSchema(files)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("vectors: %w", err)
	}
	var all []*Vector
	seen := map[string]bool{}
	for _, name := range names {
		if slices.Contains(notVectors, name) {
			continue
		}
		vectors, err := loadFile(files, schema, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, v := range vectors {
			if seen[v.Name] {
				return nil, fmt.Errorf("%s: there are two vectors named %q", name, v.Name)
			}
			seen[v.Name] = true
		}
		all = append(all, vectors...)
	}
	if len(all) == 0 {
		return nil, errors.New("no vectors found")
	}
	return all, nil
}

func compileSchema(files fs.FS) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(fileLoader{files})
	schema, err := c.Compile(schemaURL + "schema.json")
	if err != nil {
		return nil, fmt.Errorf("schema of vectors: %w", err)
	}
	return schema, nil
}

func loadFile(files fs.FS, schema *jsonschema.Schema, name string) ([]*Vector, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	document, err := decodeJSON(data)
	if err != nil {
		return nil, err
	}
	if err := validate(schema, document); err != nil {
		return nil, err
	}
	var content struct {
		Schema  string    `json:"$schema"`
		About   string    `json:"about"`
		Vectors []*Vector `json:"vectors"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	d.DisallowUnknownFields()
	if err := d.Decode(&content); err != nil {
		return nil, err
	}
	var all []*Vector
	for _, v := range content.Vectors {
		v.Area = strings.TrimSuffix(path.Base(name), ".json")
		cases, err := v.expand()
		if err != nil {
			return nil, err
		}
		all = append(all, cases...)
	}
	return all, nil
}

// Selected reports whether a vector is meant by one of the given names: its
// area, its name or the beginning of it up to a "/". No names mean all.
func (v *Vector) Selected(names []string) bool {
	if len(names) == 0 {
		return true
	}
	return slices.ContainsFunc(names, func(name string) bool {
		return v.Area == name || v.Name == name || strings.HasPrefix(v.Name, name+"/")
	})
}
