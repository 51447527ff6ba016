package sockets

import (
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"testing"
)

func TestScanFindsOwnSockets(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	table, err := Scan("/proc")
	if err != nil {
		t.Fatal(err)
	}
	find := func(state State, local string) {
		t.Helper()
		i := slices.IndexFunc(table, func(s Socket) bool { return s.State == state && s.Local.String() == local })
		if i < 0 {
			t.Fatalf("no socket %s in state %s", local, state)
		}
		if s := table[i]; !slices.Equal(s.PIDs, []int{os.Getpid()}) || s.User != strconv.Itoa(os.Geteuid()) || s.Command == "" {
			t.Errorf("%s is not ours: %+v", local, s)
		}
	}
	find(Listen, listener.Addr().String())
	find(Established, conn.LocalAddr().String())
}

func TestScanOfSomeProcesses(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for name, test := range map[string]struct{ pids, want []int }{
		"this one":    {[]int{os.Getpid()}, []int{os.Getpid()}},
		"another one": {[]int{os.Getppid()}, nil},
		"none":        {nil, nil},
	} {
		table, err := ScanOf("/proc", test.pids)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(table, func(s Socket) bool { return s.State == Listen && s.Local.String() == listener.Addr().String() })
		if i < 0 || !slices.Equal(table[i].PIDs, test.want) {
			t.Errorf("%s: the listener is no. %d of %v, want it to be of %v", name, i, table, test.want)
		}
	}
}

func TestScanWithoutProc(t *testing.T) {
	if _, err := Scan(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Scan of nothing: %v, want ErrNotExist", err)
	}
}
