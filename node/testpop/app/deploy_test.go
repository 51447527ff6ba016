package app

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const deployed = "../../../deploy/node"

// The files in deploy use flags and variables that there are, and settings that are
// understood.
func TestDeploymentsUseFlagsThatThereAre(t *testing.T) {
	known := make(map[string]bool)
	defaults().flags().VisitAll(func(f *flag.Flag) { known["--"+f.Name], known[variable(f.Name)] = true, true })
	flags := regexp.MustCompile(`["' ](--[a-z-]+)=|\b(TESTPOP_[A-Z_]+)\b`)
	found := 0
	for _, where := range []string{"node", "compose/node.yml", "kubernetes/base", "kubernetes/node", "kubernetes/lease"} {
		err := filepath.WalkDir(filepath.Join("../../../deploy", where), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, match := range flags.FindAllStringSubmatch(string(data), -1) {
				found++
				if name := match[1] + match[2]; !known[name] {
					t.Errorf("%s uses %s, which there is not", path, name)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if found < 14 {
		t.Errorf("only %d flags found", found)
	}
	o, err := parse([]string{"--config=" + filepath.Join(deployed, "testpop.conf")}, new(bytes.Buffer))
	if err != nil || o.advertise != "10.0.0.7:0" || o.logTime {
		t.Errorf("%+v, %v", o, err)
	}
	unit, err := os.ReadFile(filepath.Join(deployed, "ringmend-testpop.service"))
	if err != nil || !strings.Contains(string(unit), "Type=notify") {
		t.Errorf("the unit of systemd: %v", err)
	}
}
