package version

import (
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestCurrentIsThreeNumbers(t *testing.T) {
	for of, want := range map[string]string{
		"":                                     Number,
		"(devel)":                              Number,
		"v1.12.3":                              "1.12.3",
		"v0.0.0-20261128112233-4d3fb7784434":   Number,
		"v1.12.4-0.20261128112233-4d3fb778443": Number,
		"v1.12.3+dirty":                        Number,
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: of}}
		if got := current(info); got != want {
			t.Errorf("%s: %s", of, got)
		}
	}
	if got := current(nil); got != Number {
		t.Error(got)
	}
	if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(Number) {
		t.Error(Number)
	}
}

// The changes of the version that the programs name are described.
func TestTheChangelogBeginsWithThisVersion(t *testing.T) {
	log, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	top := regexp.MustCompile(`(?m)^## (\S+?)(, not released yet)?$`).FindSubmatch(log)
	if top == nil || string(top[1]) != Number {
		t.Errorf("the topmost version of CHANGELOG.md is %q, that of the programs %s", top, Number)
	}
}

func TestFullSaysCommitAndGo(t *testing.T) {
	info := &debug.BuildInfo{Settings: []debug.BuildSetting{
		{Key: "vcs", Value: "git"},
		{Key: "vcs.revision", Value: "4d3fb778443a3599a4b58dabd384d7df2d8cc9cc"},
		{Key: "vcs.time", Value: "2026-11-28T10:58:12Z"},
	}}
	const head = "testpop " + Number + "\ncommit 4d3fb778443a3599a4b58dabd384d7df2d8cc9cc of 2026-11-28T10:58:12Z"
	tail := "\n" + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n"
	if got := full("testpop", of(info)); got != head+tail {
		t.Error(got)
	}
	info.Settings = append(info.Settings, debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	if got := full("testpop", of(info)); got != head+", with changes"+tail {
		t.Error(got)
	}
	if got := full("testpop", of(nil)); !strings.Contains(got, "\ncommit unknown\n") {
		t.Error(got)
	}
	info = &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}
	if got := full("testpop", of(info)); !strings.HasPrefix(got, "testpop 1.2.3\ncommit of module version v1.2.3\n") {
		t.Error(got)
	}
}

func TestTextIsShortUnlessAskedForInFull(t *testing.T) {
	if got := Text("testpop", []string{"-V"}); got != Current()+"\n" {
		t.Error(got)
	}
	for _, flag := range []string{"--version", "-version"} {
		if got := Text("testpop", []string{flag}); got != Full("testpop") {
			t.Error(got)
		}
	}
}
