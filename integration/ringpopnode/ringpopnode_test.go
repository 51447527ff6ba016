package ringpopnode

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dgryski/go-farm"
	"github.com/google/go-cmp/cmp"
)

// ask runs a script in the installed package. It finds input in the variable of
// that name, and what it assigns to output is decoded into output.
func ask(t *testing.T, script string, input, output any) {
	t.Helper()
	mainJS := Install(t)
	in, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "-e",
		"const input = JSON.parse(require('fs').readFileSync(0)); let output;"+script+
			"; console.log(JSON.stringify(output))")
	node.Dir = filepath.Dir(mainJS)
	node.Stdin = bytes.NewReader(in)
	var stderr strings.Builder
	node.Stderr = &stderr
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.String())
	}
	if err := json.Unmarshal(out, output); err != nil {
		t.Fatalf("node printed %q: %v", out, err)
	}
}

// texts are of all lengths that hashes treat differently.
func texts() []string {
	var texts []string
	for n := range 130 {
		texts = append(texts, strings.Repeat("127.0.0.1:3000alive1414142122274;", 4)[:n])
	}
	return append(texts, strings.Repeat("ключ", 300))
}

func TestFarmhashIsGoFarms(t *testing.T) {
	var got []uint32
	ask(t, `output = input.map(require('farmhash').fingerprint32)`, texts(), &got)
	var want []uint32
	for _, text := range texts() {
		want = append(want, farm.Fingerprint32([]byte(text)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fingerprints (-go-farm +farmhash):\n%s", diff)
	}
}

func TestStandInComputesCRC32C(t *testing.T) {
	var got [][2]uint32
	ask(t, `const crc = require('sse4_crc32').calculate;
		output = input.map(text => [crc(text), crc(text, crc('before'))])`, texts(), &got)
	var want [][2]uint32
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	for _, text := range texts() {
		want = append(want, [2]uint32{
			crc32.Checksum([]byte(text), castagnoli),
			crc32.Checksum([]byte("before"+text), castagnoli),
		})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("checksums (-hash/crc32 +stand-in):\n%s", diff)
	}
}

func TestStandInHasHistograms(t *testing.T) {
	var got map[string]any
	ask(t, `const h = new (require('metrics').Histogram)();
		input.forEach(v => h.update(v));
		output = Object.assign(h.printObj(), h.percentiles([0.5]))`, []int{4, 1, 3, 2, 5}, &got)
	want := map[string]any{
		"type": "histogram", "count": 5.0, "min": 1.0, "max": 5.0, "sum": 15.0, "mean": 3.0,
		"variance": 2.5, "std_dev": 1.5811388300841898, "median": 3.0,
		"p75": 4.0, "p95": 5.0, "p99": 5.0, "p999": 5.0, "0.5": 3.0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("histogram (-want +got):\n%s", diff)
	}
}

func TestStandInHasMeters(t *testing.T) {
	var got map[string]float64
	// The clock is the script's: 10 calls a second, from the start of the minute.
	ask(t, `let now = 0;
		Date.now = () => now;
		const meter = new (require('metrics').Meter)();
		for (; now < 60000; now += 100) meter.mark();
		const busy = meter.printObj();
		now += 60000;
		const idle = meter.printObj();
		meter.m1Rate.stop(); meter.m5Rate.stop(); meter.m15Rate.stop();
		output = {count: idle.count, busy: busy.m1, mean: idle.mean, idle: idle.m1}`, nil, &got)
	want := map[string]float64{"count": 600, "busy": 10, "mean": 5, "idle": 10 / 2.718281828459045}
	for name, want := range want {
		if diff := got[name] - want; diff < -0.001 || diff > 0.001 {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}

// machine returns what the tests of installations run on.
func machine(t *testing.T) *runtime {
	t.Helper()
	r, err := findRuntime(t.Context())
	if errors.Is(err, ErrNoNode) {
		t.Skipf("skipped: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWithoutNetworkNothingIsInstalled(t *testing.T) {
	r := machine(t)
	r.env = append(r.env,
		"npm_config_registry=http://127.0.0.1:1", // nothing listens there
		"npm_config_cache="+t.TempDir())
	cache := t.TempDir()
	err := installInto(t.Context(), filepath.Join(cache, "installed"), r)
	if !errors.Is(err, ErrNoNetwork) {
		t.Errorf("got error %v, want %v", err, ErrNoNetwork)
	}
	left, err := os.ReadDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("the failed installation left %v", left)
	}
}

func TestAFailureOfNPMIsNotTakenForANetworkThatIsMissing(t *testing.T) {
	r := machine(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"dependencies":{"ringpop":"10.21.0"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	err := r.install(t.Context(), dir) // there is no lock file
	if err == nil || errors.Is(err, ErrNoNetwork) {
		t.Errorf("got error %v, want another one than %v", err, ErrNoNetwork)
	}
}

func TestUnreachableServersAreRecognized(t *testing.T) {
	for _, tt := range []struct {
		output string
		want   bool
	}{
		{"npm warn EBADENGINE\nnpm error code ENOTFOUND\nnpm error errno ENOTFOUND", true},
		{"npm ERR! code EAI_AGAIN\nnpm ERR! syscall getaddrinfo", true},
		{"npm error code 1\nnpm error gyp ERR! stack FetchError: reason: getaddrinfo ENOTFOUND headers.example", true},
		{"npm error code E404\nnpm error 404 Not Found", false},
		{"npm error code EINTEGRITY", false},
		{"npm error code 1\nnpm error command failed\nnpm error gyp ERR! stack Error: not found: make", false},
		{"npm error code EUSAGE\nnpm error ENOTFOUND is only mentioned", false},
	} {
		if got := unreachable.MatchString(tt.output); got != tt.want {
			t.Errorf("unreachable(%q) = %v, want %v", tt.output, got, tt.want)
		}
	}
}

func TestWithoutNode(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := Ensure(ctx); !errors.Is(err, ErrNoNode) {
		t.Errorf("got error %v, want %v", err, ErrNoNode)
	}
}

func TestOtherVersionsOfNodeHaveTheirOwnInstallation(t *testing.T) {
	key := func(abi string) string {
		key, err := (&runtime{abi: abi}).key()
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	if key("115 x64") == key("127 x64") {
		t.Error("two versions of Node have one key")
	}
}
