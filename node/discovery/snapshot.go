package discovery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/ringmend/ringmend/internal/atomicfile"
	"github.com/ringmend/ringmend/node/wire"
)

// snapshotVersion is the version of the files that [Snapshot] writes.
const snapshotVersion = 1

// ErrSnapshot is wrapped by errors about the content of a snapshot.
var ErrSnapshot = errors.New("bad snapshot")

// Snapshot is a file with the members that a node knew last, to rejoin by while
// discovery is down.
type Snapshot struct {
	Path string
	// App is that of the node: the snapshot of another one is refused.
	App string
}

// content is what is in the file.
type content struct {
	Version int       `json:"version"`
	App     string    `json:"app"`
	Written time.Time `json:"written"`
	Hosts   []string  `json:"hosts"`
}

// Hosts reads the file. None is there before the first was written: then there are no
// hosts, and no error.
func (s Snapshot) Hosts(context.Context) ([]string, error) {
	data, err := readFile(s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	hosts, err := s.parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrSnapshot, s.Path, err)
	}
	return hosts, nil
}

func (s Snapshot) parse(data []byte) ([]string, error) {
	var c content
	if len(data) > maxFileSize {
		return nil, fmt.Errorf("more than %d bytes", maxFileSize)
	}
	if err := wire.Unmarshal(data, &c); err != nil {
		return nil, err
	}
	switch {
	case c.Version != snapshotVersion:
		return nil, fmt.Errorf("version %d, this program knows %d", c.Version, snapshotVersion)
	case c.App != s.App:
		return nil, fmt.Errorf("of the app %q, not of %q", c.App, s.App)
	case len(c.Hosts) > MaxHosts:
		return nil, fmt.Errorf("%d hosts, at most %d are allowed", len(c.Hosts), MaxHosts)
	}
	for i, host := range c.Hosts {
		if _, err := wire.ParseAddress(host); err != nil {
			return nil, fmt.Errorf("host %d: %w", i+1, err)
		}
	}
	return c.Hosts, nil
}

// Write replaces the file. A reader sees the old content or the new, also after a
// crash.
func (s Snapshot) Write(now time.Time, hosts []string) error {
	data, err := wire.Marshal(content{snapshotVersion, s.App, now.UTC(), hosts})
	if err == nil {
		err = atomicfile.Write(s.Path, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}
