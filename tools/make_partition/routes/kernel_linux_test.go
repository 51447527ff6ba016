package routes

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/netns"
	"github.com/ringmend/ringmend/internal/netns/nstest"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
)

func TestMain(m *testing.M) { nstest.Main(m) }

// TestRoutesCutAndMend runs the scripts on two hosts, which are two network
// namespaces with a cable between them.
func TestRoutesCutAndMend(t *testing.T) {
	if !nstest.Enter(t, "nsenter", "sleep") {
		return
	}
	there := otherHost(t)
	for _, tt := range []struct{ name, here, there string }{
		{"IPv4", "10.77.0.1", "10.77.0.2"},
		{"IPv6", "fd77::1", "fd77::2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bracketed := func(host string) string { return (&partition.Item{Host: host}).String() }
			hereAt, thereAt := bracketed(tt.here)+":3000", bracketed(tt.there)+":3000"
			here := nstest.StartNode(t, hereAt)
			remote := nstest.StartNode(t, thereAt, there...)
			check := func(want string) {
				t.Helper()
				if got := here.Dial(thereAt); got != want {
					t.Errorf("here to there: %s, want %s", got, want)
				}
				if got := remote.Dial(hereAt); got != want {
					t.Errorf("there to here: %s, want %s", got, want)
				}
			}
			check(nstest.OK)
			cut, heal := scripts(t, bracketed(tt.here), bracketed(tt.there))
			for _, tools := range [][]string{{"sh"}, withNetTools(t)} {
				before := routesOf(t, nil) + routesOf(t, there)
				runOnBoth(t, cut, tools, tt.here, tt.there, there)
				check(nstest.NoRoute)
				runOnBoth(t, heal, tools, tt.here, tt.there, there)
				check(nstest.OK)
				if diff := cmp.Diff(before, routesOf(t, nil)+routesOf(t, there)); diff != "" {
					t.Errorf("routes after mending with %v (-before +after):\n%s", tools, diff)
				}
			}
		})
	}
}

// otherHost makes a namespace with a link to this one, and returns the words that
// run a program there.
func otherHost(t *testing.T) []string {
	t.Helper()
	held, err := netns.Hold()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(held.Close)
	pid, there := strconv.Itoa(held.PID), held.Enter
	nstest.Run(t, "ip", "link", "add", "cable", "type", "veth", "peer", "name", "socket")
	nstest.Run(t, "ip", "link", "set", "socket", "netns", pid)
	up := func(device, v4, v6 string, by ...string) {
		for _, words := range [][]string{
			// No other address than these two, which would come by itself, and late.
			{"ip", "link", "set", device, "addrgenmode", "none"},
			{"ip", "addr", "add", v4, "dev", device},
			{"ip", "-6", "addr", "add", v6, "dev", device, "nodad"},
			{"ip", "link", "set", device, "up"},
		} {
			words = slices.Concat(by, words)
			nstest.Run(t, words[0], words[1:]...)
		}
	}
	up("cable", "10.77.0.1/24", "fd77::1/64")
	up("socket", "10.77.0.2/24", "fd77::2/64", there...)
	return there
}

func scripts(t *testing.T, a, b string) (cut, heal string) {
	t.Helper()
	partA, errA := partition.ParsePart(a)
	partB, errB := partition.ParsePart(b)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	split, err := partition.Spec{Parts: []partition.Part{partA, partB}}.Resolve(partition.Static{})
	if err != nil {
		t.Fatal(err)
	}
	if cut, err = Script(split, Shell, false); err != nil {
		t.Fatal(err)
	}
	if heal, err = Script(split, Shell, true); err != nil {
		t.Fatal(err)
	}
	return cut, heal
}

func runOnBoth(t *testing.T, script string, sh []string, here, there string, by []string) {
	t.Helper()
	words := append(append([]string{}, sh...), "-s", here)
	nstest.Feed(t, script, words[0], words[1:]...)
	words = append(append(append([]string{}, by...), sh...), "-s", there)
	nstest.Feed(t, script, words[0], words[1:]...)
}

// withNetTools returns a shell that finds "route" and no "ip".
func withNetTools(t *testing.T) []string {
	t.Helper()
	route, err := exec.LookPath("route")
	if err != nil {
		t.Log("net-tools is not installed: only iproute2 is tested")
		return []string{"sh"}
	}
	dir := t.TempDir()
	if err := os.Symlink(route, filepath.Join(dir, "route")); err != nil {
		t.Fatal(err)
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	return []string{"env", "PATH=" + dir, shell}
}

func routesOf(t *testing.T, by []string) string {
	t.Helper()
	all := ""
	for _, family := range []string{"-4", "-6"} {
		words := append(append([]string{}, by...), "ip", family, "route", "show", "table", "all")
		all += nstest.Run(t, words[0], words[1:]...)
	}
	return all
}
