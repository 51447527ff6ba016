package containers

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/netns/nstest"
)

const nodes = 3

func name(i int) string    { return fmt.Sprintf("einstein%d", i+1) }
func address(i int) string { return fmt.Sprintf("10.89.77.%d", 11+i) }

// ready is what a node says of itself at /readyz.
type ready struct {
	Ready     bool
	Why       string
	Reachable int
	Settled   int
}

// answer is what a node says of a name.
type answer struct {
	IQ         int
	Assignment string
	Owner      string
}

// The script cuts one container off from two. The one is fenced, and the two serve on; when it
// is mended all serve, in the same processes, and all have the same routes as before. A
// container that is restarted within the cut has lost its routes and stays fenced, and the
// others are mended all the same.
func TestContainersAreCutAndMended(t *testing.T) {
	if !inside(t) {
		return
	}
	setUp(t)
	startNodes(t)
	await.Until(t, time.Minute, func() string { return wants(t, map[int]string{0: "", 1: "", 2: ""}) })
	before := askAll(t, "Albert")
	waitSettled(t)

	const sides = "einstein1 einstein2,einstein3"
	cut := nstest.Run(t, "sh", "-c", "make_partition --static --format route --via podman "+sides)
	heal := nstest.Run(t, "sh", "-c", "make_partition --static --format route --via podman --heal "+sides)
	routes, processes := look(t, "route", "-n"), pids(t)

	nstest.Feed(t, cut, "sh")
	if got := nstest.Run(t, "podman", "exec", name(0), "route", "-n"); strings.Count(got, "!H") != 2 {
		t.Errorf("routes of the container that is cut off:\n%s", got)
	}
	took := await.Until(t, 2*time.Minute, func() string { return wants(t, map[int]string{0: "fenced", 1: "", 2: ""}) })
	t.Logf("the minority is fenced after %v", took.Round(10*time.Millisecond))
	if status, _ := ask(t, 0, "Albert"); status != http.StatusServiceUnavailable {
		t.Errorf("the minority answers %d", status)
	}
	await.Until(t, 2*time.Minute, func() string {
		for i := 1; i < nodes; i++ {
			if status, got := ask(t, i, "Niels"); status != http.StatusOK {
				return fmt.Sprintf("%s of the majority answers %d %+v", name(i), status, got)
			}
		}
		return ""
	})

	nstest.Feed(t, heal, "sh")
	took = await.Until(t, 2*time.Minute, func() string { return wants(t, map[int]string{0: "", 1: "", 2: ""}) })
	t.Logf("all serve %v after it was mended", took.Round(10*time.Millisecond))
	if diff := cmp.Diff(routes, look(t, "route", "-n")); diff != "" {
		t.Errorf("routes (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(processes, pids(t)); diff != "" {
		t.Errorf("processes (-before +after):\n%s", diff)
	}
	after := askAll(t, "Albert")
	if owner := before.Owner; owner != address(0)+":3000" && after != before {
		t.Errorf("Albert was %+v, and is %+v", before, after)
	}

	waitSettled(t)
	nstest.Feed(t, cut, "sh")
	await.Until(t, 2*time.Minute, func() string { return wants(t, map[int]string{0: "fenced", 1: "", 2: ""}) })
	nstest.Run(t, "podman", "restart", "--time", "5", name(0))
	await.Until(t, time.Minute, func() string { return wants(t, map[int]string{0: "starting", 1: "", 2: ""}) })
	mend := exec.Command("sh")
	mend.Stdin = strings.NewReader(heal)
	if out, err := mend.CombinedOutput(); err == nil {
		t.Errorf("mending a container that has been restarted is no failure:\n%s", out)
	}
	await.Until(t, 2*time.Minute, func() string { return wants(t, map[int]string{0: "", 1: "", 2: ""}) })
	if diff := cmp.Diff(routes, look(t, "route", "-n")); diff != "" {
		t.Errorf("routes after the restart (-before +after):\n%s", diff)
	}
}

// startNodes starts the containers as deploy/compose/einstein.yml does, but for shorter times.
func startNodes(t *testing.T) {
	t.Helper()
	nstest.Run(t, "podman", "network", "create", "--disable-dns", "--subnet", "10.89.77.0/24", "einstein")
	var hosts []string
	for i := range nodes {
		hosts = append(hosts, address(i)+":3000")
	}
	for i := range nodes {
		nstest.Run(t, "podman", "run", "--detach", "--name", name(i), "--hostname", name(i), "--network", "einstein", "--ip", address(i),
			"--read-only", "--cap-drop", "ALL", "--cap-add", "NET_ADMIN", "--security-opt", "no-new-privileges",
			"--entrypoint", `["/usr/bin/einstein","serve"]`, image,
			"--listen="+address(i)+":3000", "--http="+address(i)+":9300", "--hosts=static://"+strings.Join(hosts, ","),
			"--downing=keep-majority", "--stable-after=2s", "--unfence-after=2s", "--patience=2s")
	}
}

// wants says what is missing for each node to be ready, or not to be for a reason.
func wants(t *testing.T, why map[int]string) string {
	for i := range nodes {
		var r ready
		if _, err := get(address(i), "/readyz", &r); err != nil {
			return fmt.Sprintf("%s: %v%s", name(i), err, logs(i))
		}
		if want := why[i]; r.Ready != (want == "") || !strings.Contains(r.Why, want) {
			return fmt.Sprintf("%s: %+v, want %q%s", name(i), r, want, logs(i))
		}
	}
	return ""
}

// waitSettled waits until all members count for their side.
func waitSettled(t *testing.T) {
	t.Helper()
	await.Until(t, time.Minute, func() string {
		for i := range nodes {
			var r ready
			if _, err := get(address(i), "/readyz", &r); err != nil || r.Settled != nodes {
				return fmt.Sprintf("%s: %v, %+v", name(i), err, r)
			}
		}
		return ""
	})
}

// askAll asks all nodes for a name until they agree.
func askAll(t *testing.T, who string) (first answer) {
	t.Helper()
	await.Until(t, 2*time.Minute, func() string {
		for i := range nodes {
			status, a := ask(t, i, who)
			if i == 0 {
				first = a
			}
			if status != http.StatusOK || a != first {
				return fmt.Sprintf("%s answers %d %+v, and the first one %+v", name(i), status, a, first)
			}
		}
		return ""
	})
	return first
}

func ask(t *testing.T, i int, who string) (status int, a answer) {
	status, err := get(address(i), "/iq/"+who, &a)
	if err != nil && status == http.StatusOK {
		t.Errorf("%s: %v", name(i), err)
	}
	return status, a
}

var client = &http.Client{Timeout: 5 * time.Second}

func get(host, path string, into any) (status int, err error) {
	response, err := client.Get("http://" + host + ":9300" + path)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return response.StatusCode, err
	}
	return response.StatusCode, json.Unmarshal(body, into)
}

func logs(i int) string {
	out, _ := exec.Command("podman", "logs", "--tail", "8", name(i)).CombinedOutput()
	return "\n" + string(out)
}

// look returns what a command prints in each container.
func look(t *testing.T, command ...string) (all []string) {
	t.Helper()
	for i := range nodes {
		all = append(all, nstest.Run(t, "podman", append([]string{"exec", name(i)}, command...)...))
	}
	return all
}

// pids returns the process of each container.
func pids(t *testing.T) (all []string) {
	t.Helper()
	for i := range nodes {
		all = append(all, nstest.Run(t, "podman", "inspect", "--format", "{{.State.Pid}}", name(i)))
	}
	return all
}
