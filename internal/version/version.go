package version

import (
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
)

// Number is the version of ringmend that these sources are, or become when they are
// released: the topmost one of CHANGELOG.md.
const Number = "0.2.0"

// released is what module versions of releases look like. Others are made up for
// a commit, or say that the program was built where its sources are.
var released = regexp.MustCompile(`^v(\d+\.\d+\.\d+)$`)

// Current returns the version of this program: three numbers with dots between
// them.
func Current() string {
	info, _ := debug.ReadBuildInfo()
	return current(info)
}

func current(info *debug.BuildInfo) string {
	if info == nil {
		return Number
	}
	if match := released.FindStringSubmatch(info.Main.Version); match != nil {
		return match[1]
	}
	return Number
}

// Info says how a program was built.
type Info struct {
	Version string `json:"version"` // see Current
	Commit  string `json:"commit"`
	Go      string `json:"go"`
}

// Of returns how this program was built.
func Of() Info {
	info, _ := debug.ReadBuildInfo()
	return of(info)
}

func of(info *debug.BuildInfo) Info {
	return Info{current(info), commit(info), fmt.Sprintf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)}
}

// Full returns how this program was built, in lines.
func Full(program string) string { return full(program, Of()) }

func full(program string, i Info) string {
	return fmt.Sprintf("%s %s\ncommit %s\n%s\n", program, i.Version, i.Commit, i.Go)
}

// commit says which commit the program was built from.
func commit(info *debug.BuildInfo) string {
	if info == nil {
		return "unknown"
	}
	setting := func(key string) string {
		i := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == key })
		if i < 0 {
			return ""
		}
		return info.Settings[i].Value
	}
	revision := setting("vcs.revision")
	switch {
	case revision != "" && setting("vcs.modified") == "true":
		return revision + " of " + setting("vcs.time") + ", with changes"
	case revision != "":
		return revision + " of " + setting("vcs.time")
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return "of module version " + info.Main.Version
	default:
		return "unknown"
	}
}

// Text returns what to print for a command line that asks for the version: all
// when it does so with --version, else the number.
func Text(program string, args []string) string {
	if slices.Contains(args, "--version") || slices.Contains(args, "-version") {
		return Full(program)
	}
	return Current() + "\n"
}
