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

// The files in deploy/node use flags and variables that there are, and settings that are
// understood.
func TestDeploymentsUseFlagsThatThereAre(t *testing.T) {
	known := make(map[string]bool)
	defaults().flags().VisitAll(func(f *flag.Flag) { known["--"+f.Name], known[variable(f.Name)] = true, true })
	flags := regexp.MustCompile(`["' ](--[a-z-]+)=|\b(TESTPOP_[A-Z_]+)\b`)
	found := 0
	err := filepath.WalkDir(deployed, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "Dockerfile" {
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
	if err != nil || found < 9 {
		t.Errorf("%d flags found, %v", found, err)
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
