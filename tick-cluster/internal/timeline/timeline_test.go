package timeline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/tick-cluster/internal/record"
)

// session is a record; each line begins with its time in milliseconds.
func session(lines ...string) string {
	var b strings.Builder
	for _, line := range lines {
		ms, rest, _ := strings.Cut(line, " ")
		var at int
		fmt.Sscan(ms, &at)
		when := time.Date(2026, 1, 2, 10, 27, 9, 0, time.UTC).Add(time.Duration(at) * time.Millisecond)
		fmt.Fprintf(&b, `{"v":1,"time":%q,%s}`+"\n", when.Format(time.RFC3339Nano), rest)
	}
	return b.String()
}

const start = `0 "kind":"start","text":"tick-cluster 1","args":["-n","3"],"seed":7,"nodes":[{"name":"3000","address":"127.0.0.1:3000"},{"name":"3001","address":"127.0.0.1:3001"},{"name":"3002","address":"127.0.0.1:3002"}]`

func show(t *testing.T, text string, o Options) (string, error) {
	t.Helper()
	var b bytes.Buffer
	err := Show(&b, strings.NewReader(text), o)
	return b.String(), err
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

var whole = session(start,
	`5 "kind":"event","node":"init","text":"started"`,
	`10 "kind":"state","node":"3000","state":"running","pid":20`,
	`11 "kind":"state","node":"3001","state":"running","pid":21`,
	`12 "kind":"state","node":"3002","state":"running","pid":22`,
	`90 "kind":"output","node":"3001","text":"hello"`,
	`100 "kind":"begin","text":"kill 3001"`,
	`101 "kind":"state","node":"3001","state":"killed","pid":21`,
	`102 "kind":"event","node":"3001","text":"killed, pid 21"`,
	`103 "kind":"command","text":"kill 3001"`,
	`200 "kind":"begin","text":"wait converged 5s"`,
	`300 "kind":"checksums","groups":[{"checksum":7,"nodes":["3000"]},{"checksum":8,"nodes":["3002"]}]`,
	`5300 "kind":"command","text":"wait converged 5s","error":"waited 5s in vain"`,
	`5400 "kind":"state","node":"3002","state":"ended","pid":22,"text":"exit code 3"`,
	`6000 "kind":"key","text":"K"`,
	`6000 "kind":"begin","text":"revive"`,
	`6001 "kind":"state","node":"3001","state":"running","pid":31`,
	`6001 "kind":"state","node":"3002","state":"running","pid":32`,
	`6001 "kind":"command","text":"revive"`,
	`6100 "kind":"state","node":"3001","state":"suspended","pid":31`,
	`6200 "kind":"state","node":"3001","state":"killed","pid":31`,
	`6300 "kind":"cut","parts":[["3000"],["3001","3002"]],"text":"nft table inet ringmend"`,
	`6400 "kind":"checksums","groups":[{"checksum":7,"nodes":["3000"]},{"checksum":9,"nodes":["3001","3002"]}]`,
	`6500 "kind":"checksums","groups":[{"checksum":7,"nodes":["3000"]},{"checksum":9,"nodes":["3001","3002"]}]`,
	`6550 "kind":"show","text":"a table\nof two lines\n"`,
	`6600 "kind":"mend","text":"nft table inet ringmend"`,
	`6700 "kind":"weather"`,
	`7000 "kind":"exit","code":1,"error":"line 2: waited 5s in vain"`,
)

func TestATimelineOfASession(t *testing.T) {
	got, err := show(t, whole, Options{})
	if err != nil {
		t.Error(err)
	}
	same(t, got, `tick-cluster 1 on 2026-01-02 10:27:09 +0000: tick-cluster -n 3
3 nodes: 3000, 3001, 3002 (127.0.0.1:3000, 127.0.0.1:3001, 127.0.0.1:3002), random choices by --seed 7

10:27:09.100     +0.100s  > kill 3001
10:27:09.101     +0.101s  3001 is killed, pid 21
10:27:09.200     +0.200s  > wait converged 5s
10:27:09.300     +0.300s  views: [3000] 7 (1)  [3002] 8 (1)
10:27:14.300     +5.300s    failed: waited 5s in vain
10:27:14.400     +5.400s  3002 ended by itself, pid 22: exit code 3
10:27:15.000     +6.000s  > revive
10:27:15.001     +6.001s  3001 is running again after 5.9s, pid 31
10:27:15.001     +6.001s  3002 is running again after 601ms, pid 32
10:27:15.100     +6.100s  3001 is suspended, pid 31
10:27:15.200     +6.200s  3001 is killed, pid 31
10:27:15.300     +6.300s  cut: [3000] from [3001, 3002], by nft table inet ringmend
10:27:15.400     +6.400s  views: [3001, 3002] 9 (2)  [3000] 7 (1)
10:27:15.500     +6.500s  views: as before
10:27:15.600     +6.600s  mended: nft table inet ringmend
10:27:16.000     +7.000s  end with exit code 1: line 2: waited 5s in vain

7s, 3 commands (1 failed), views changed 2 times
3001 was down or suspended 2 times, for 6.8s, and is killed in the end
3002 was down or suspended 1 time, for 601ms
1 line not shown, of kinds that this tick-cluster does not know
`)
}

func TestVerboseShowsWhatWasPrinted(t *testing.T) {
	got, err := show(t, whole, Options{Verbose: true})
	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{"[3001] hello\n", "    a table\n", "    of two lines\n", "[3001] killed, pid 21\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// What there is of a session that has no end is shown, and it is an error.
func TestASessionWithoutAnEnd(t *testing.T) {
	text := whole[:strings.Index(whole, `"error":"waited`)]
	got, err := show(t, text, Options{})
	if !errors.Is(err, record.ErrTruncated) {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"> wait converged 5s\n", "\n300ms, 1 command, views changed 1 time\nnot ended: wait converged 5s, begun at +0.200s\n3001 was down or suspended 1 time, for 199ms, and is killed in the end\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// Records of programs that did not write how nodes were have it in their events.
func TestARecordOfAnOlderProgram(t *testing.T) {
	got, err := show(t, session(start,
		`100 "kind":"event","node":"cluster","text":"> kill 1"`,
		`101 "kind":"event","node":"3001","text":"killed, pid 21"`,
		`102 "kind":"command","text":"kill 1"`,
		`900 "kind":"exit","code":0`), Options{})
	if err != nil {
		t.Error(err)
	}
	if !strings.Contains(got, "+0.101s  [3001] killed, pid 21\n") || !strings.Contains(got, "+0.102s  > kill 1\n") {
		t.Errorf("it shows\n%s", got)
	}
}

func TestForeignFilesShowNothing(t *testing.T) {
	got, err := show(t, "hello\n", Options{})
	if !errors.Is(err, record.ErrForeign) || got != "" {
		t.Errorf("error %v, and it shows\n%s", err, got)
	}
}

func TestManyViewsAreCounted(t *testing.T) {
	var groups []string
	for i := range 20 {
		groups = append(groups, fmt.Sprintf(`{"checksum":%d,"nodes":["n%d"]}`, i, i))
	}
	got, _ := show(t, session(start, `100 "kind":"checksums","groups":[`+strings.Join(groups, ",")+`]`, `200 "kind":"exit","code":0`), Options{})
	if !strings.Contains(got, "[n7] 7 (1)  and 12 others\n") {
		t.Errorf("it shows\n%s", got)
	}
}

func TestAnOutputThatFails(t *testing.T) {
	if err := Show(failing{}, strings.NewReader(whole), Options{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
