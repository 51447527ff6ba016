package sockets

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Scan reads the sockets from a proc file system, usually "/proc": those of the
// network namespace of this process. Owners that may not be seen are left out,
// which is no error here: callers that need an owner check for it.
func Scan(proc string) (Table, error) {
	pids, err := processes(proc)
	if err != nil {
		return nil, scanError(err)
	}
	return ScanOf(proc, pids)
}

// ScanOf is like Scan, but finds only those owners that are among the given processes.
// Reading the open files of all processes of a machine takes many times longer.
func ScanOf(proc string, pids []int) (Table, error) {
	var entries []procEntry
	for _, name := range []string{"net/tcp", "net/tcp6"} {
		text, err := os.ReadFile(filepath.Join(proc, name))
		// A kernel without IPv6 has no table for it.
		if errors.Is(err, fs.ErrNotExist) && name == "net/tcp6" {
			continue
		}
		if err != nil {
			return nil, scanError(err)
		}
		more, err := parseProc(string(text))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", filepath.Join(proc, name), err)
		}
		entries = append(entries, more...)
	}
	owners := owners(proc, pids)
	table := make(Table, 0, len(entries))
	commands := make(map[int]string)
	for _, e := range entries {
		if e.inode != 0 {
			e.socket.PIDs = owners[e.inode]
		}
		if len(e.socket.PIDs) > 0 {
			pid := e.socket.PIDs[0]
			name, known := commands[pid]
			if !known {
				name = command(proc, pid)
				commands[pid] = name
			}
			e.socket.Command = name
		}
		table = append(table, e.socket)
	}
	return table.merged(), nil
}

func scanError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("this system has no /proc to scan: pipe the output of lsof -Pnni in: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: scanning the sockets: %w", ErrPermission, err)
	default:
		return fmt.Errorf("scanning the sockets: %w", err)
	}
}

// procEntry is a line of /proc/net/tcp, which knows the socket by its inode.
type procEntry struct {
	socket Socket
	inode  uint64
}

// parseProc reads the text of /proc/net/tcp or tcp6. The columns that matter are
// the addresses, the state, the user id and the inode:
//
//	0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 667570 2 ...
func parseProc(text string) ([]procEntry, error) {
	var entries []procEntry
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "sl" {
			continue
		}
		if len(fields) < 10 {
			return nil, fmt.Errorf("too few columns in %s", quote(line))
		}
		local, err := procAddress(fields[1])
		if err != nil {
			return nil, err
		}
		remote, err := procAddress(fields[2])
		if err != nil {
			return nil, err
		}
		inode, err := strconv.ParseUint(fields[9], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("no inode in %s", quote(line))
		}
		s := Socket{State: procState(fields[3]), Local: local, Remote: remote, User: fields[7]}
		if s.State == Listen {
			s.Remote = netip.AddrPort{}
		}
		entries = append(entries, procEntry{s, inode})
	}
	return entries, nil
}

func procState(s string) State {
	switch s {
	case "01":
		return Established
	case "02":
		return Connecting
	case "0A":
		return Listen
	default:
		return Other
	}
}

// procAddress reads an address, which the kernel prints as words of 32 bits in
// its own byte order, and a port in hexadecimal.
func procAddress(s string) (netip.AddrPort, error) {
	host, portText, _ := strings.Cut(s, ":")
	raw, err := hex.DecodeString(host)
	port, portErr := strconv.ParseUint(portText, 16, 16)
	if err != nil || portErr != nil || len(raw) != 4 && len(raw) != 16 {
		return netip.AddrPort{}, fmt.Errorf("%s is not an address", quote(s))
	}
	for word := raw; len(word) > 0; word = word[4:] {
		value := binary.BigEndian.Uint32(word)
		if nativeIsLittle() {
			value = bits.ReverseBytes32(value)
		}
		binary.BigEndian.PutUint32(word, value)
	}
	addr, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), nil
}

func nativeIsLittle() bool { return binary.NativeEndian.Uint16([]byte{1, 0}) == 1 }

// processes returns the ids of all processes.
func processes(proc string) (pids []int, err error) {
	dirs, err := os.ReadDir(proc)
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(dir.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, err
}

// owners returns those of some processes that have each socket open, by inode.
func owners(proc string, pids []int) map[uint64][]int {
	found := make(map[uint64][]int)
	for _, pid := range pids {
		fds := filepath.Join(proc, strconv.Itoa(pid), "fd")
		// A process that is gone, or belongs to another user, shows nothing.
		links, _ := os.ReadDir(fds)
		for _, link := range links {
			target, _ := os.Readlink(filepath.Join(fds, link.Name()))
			text, ok := strings.CutPrefix(target, "socket:[")
			if !ok {
				continue
			}
			if inode, err := strconv.ParseUint(strings.TrimSuffix(text, "]"), 10, 64); err == nil {
				found[inode] = append(found[inode], pid)
			}
		}
	}
	return found
}

func command(proc string, pid int) string {
	name, _ := os.ReadFile(filepath.Join(proc, strconv.Itoa(pid), "comm"))
	return strings.TrimSpace(string(name))
}
