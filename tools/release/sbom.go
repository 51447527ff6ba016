package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
)

// The parts of a CycloneDX 1.5 document that are written.
type (
	sbom struct {
		Format     string      `json:"bomFormat"`
		Spec       string      `json:"specVersion"`
		Version    int         `json:"version"`
		Metadata   metadata    `json:"metadata"`
		Components []component `json:"components"`
	}
	metadata struct {
		Component component `json:"component"`
	}
	component struct {
		Type    string `json:"type"`
		Name    string `json:"name"`
		Version string `json:"version"`
		PURL    string `json:"purl"`
		Hashes  []hash `json:"hashes,omitempty"`
	}
	hash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
)

// makeSBOM lists the modules that the compiler has put into the programs, as they say
// themselves.
func makeSBOM(to, version string, programs []file) error {
	modules := make(map[string]component)
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program.path)
		if err != nil {
			return fmt.Errorf("what is in %s: %w", program.name, err)
		}
		std := component{Type: "library", Name: "std", Version: info.GoVersion, PURL: "pkg:golang/std@" + info.GoVersion}
		modules[std.PURL] = std
		for _, module := range info.Deps {
			c := componentOf(module)
			modules[c.PURL] = c
		}
	}
	document := sbom{Format: "CycloneDX", Spec: "1.5", Version: 1}
	document.Metadata.Component = component{Type: "application", Name: "ringmend", Version: version, PURL: "pkg:golang/github.com/ringmend/ringmend@v" + version}
	for _, purl := range slices.Sorted(maps.Keys(modules)) {
		document.Components = append(document.Components, modules[purl])
	}
	data, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(to, append(data, '\n'), 0o644)
}

func componentOf(module *debug.Module) component {
	if module.Replace != nil {
		module = module.Replace
	}
	return component{
		Type: "library", Name: module.Path, Version: module.Version,
		PURL: fmt.Sprintf("pkg:golang/%s@%s", module.Path, module.Version),
	}
}
