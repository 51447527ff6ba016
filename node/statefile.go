package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/internal/atomicfile"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// savedState is the content of a state file.
type savedState struct {
	Version    int            `json:"version"`
	Address    wire.Address   `json:"address"`
	Lost       bool           `json:"lost"`
	Epoch      uint64         `json:"epoch"`
	Base       []wire.Address `json:"base"`
	WrittenOff []wire.Address `json:"writtenOff"`
}

const stateVersion = 1

// mostState is far above the state of 10,000 members.
const mostState = 4 << 20

// readState returns what a node kept; nil if there is no file yet. The error wraps
// [swim.ErrConfig] if the file is of something else.
func readState(path string, self wire.Address) (*resolve.Saved, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("state file: %w", err)
	}
	if info.Size() > mostState {
		return nil, fmt.Errorf("%w: state file %s has %d bytes, at most %d are allowed", swim.ErrConfig, path, info.Size(), mostState)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("state file: %w", err)
	}
	var s savedState
	switch err := json.Unmarshal(body, &s); {
	case err != nil:
		return nil, fmt.Errorf("%w: state file %s: %w", swim.ErrConfig, path, err)
	case s.Version != stateVersion:
		return nil, fmt.Errorf("%w: state file %s has version %d, this program knows %d", swim.ErrConfig, path, s.Version, stateVersion)
	case s.Address != self:
		return nil, fmt.Errorf("%w: state file %s is that of %s, this node is %s", swim.ErrConfig, path, s.Address, self)
	}
	return &resolve.Saved{Lost: s.Lost, Epoch: s.Epoch, Base: s.Base, WrittenOff: s.WrittenOff}, nil
}

// stateFile keeps the state of a resolver in a file. A nil one keeps nothing.
type stateFile struct {
	path string
	dirt chan struct{} // has room for one
	last []byte        // that was written
}

func newStateFile(path string) *stateFile {
	if path == "" {
		return nil
	}
	return &stateFile{path: path, dirt: make(chan struct{}, 1)}
}

// changed reports whether there may be something to keep.
func (f *stateFile) changed() {
	if f == nil {
		return
	}
	select {
	case f.dirt <- struct{}{}:
	default:
	}
}

// write replaces the file, if it has other content.
func (f *stateFile) write(self wire.Address, s resolve.Saved) error {
	body, err := json.MarshalIndent(savedState{stateVersion, self, s.Lost, s.Epoch, s.Base, s.WrittenOff}, "", "  ")
	if err != nil {
		return err
	}
	if bytes.Equal(body, f.last) {
		return nil
	}
	if err := atomicfile.Write(f.path, append(body, '\n')); err != nil {
		return err
	}
	f.last = body
	return nil
}

// StateNotKept reports that the state of the resolver could not be written to its file, or
// again after that. It comes when that changes.
type StateNotKept struct {
	Err error // nil: it was written again
}

// Event marks the event type.
func (StateNotKept) Event() {}

// statePause is the least time between two writes.
const statePause = 200 * time.Millisecond

// keepState writes the state when it has changed, until the node is closed.
func (n *Node) keepState(f *stateFile) {
	failing := false
	for {
		select {
		case <-f.dirt:
		case <-n.ctx.Done():
			return
		}
		n.mu.Lock()
		saved := n.core.Resolver().Save()
		n.mu.Unlock()
		err := f.write(n.address, saved)
		if failing != (err != nil) {
			failing = err != nil
			n.tell(StateNotKept{Err: err})
		}
		if failing {
			f.changed() // tried again
		}
		select {
		case <-time.After(statePause):
		case <-n.ctx.Done():
			return
		}
	}
}
