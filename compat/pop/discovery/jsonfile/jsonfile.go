// Package jsonfile is a list of hosts in a file with a JSON array of strings. It imports
// the standard library only.
package jsonfile

import (
	"encoding/json"
	"fmt"
	"os"
)

// HostList reads its hosts from a file.
type HostList struct{ path string }

// New returns a provider that reads a file each time that it is asked.
func New(filePath string) *HostList { return &HostList{filePath} }

// Hosts reads the file. The hosts are not checked.
func (p *HostList) Hosts() ([]string, error) {
	data, err := os.ReadFile(p.path)
	if err != nil {
		return nil, err
	}
	var hosts []string
	if err := json.Unmarshal(data, &hosts); err != nil {
		return nil, fmt.Errorf("%s: %w", p.path, err)
	}
	return hosts, nil
}
