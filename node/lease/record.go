package lease

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/wire"
)

// ErrInvalid is wrapped by the errors of a store that holds something else than a record.
var ErrInvalid = errors.New("not a record of a lease")

// version is that of the form in which records are stored.
const version = 1

// mostRecord is far above a record of 32,768 members.
const mostRecord = 4 << 20

// stored is a record as it is stored.
type stored struct {
	Version int            `json:"version"`
	Epoch   uint64         `json:"epoch"`
	Holder  string         `json:"holder"`
	Members []wire.Address `json:"members"`
}

// Encode returns a record as JSON.
func Encode(r Record) ([]byte, error) {
	return json.Marshal(stored{version, r.Epoch, r.Holder, r.Members})
}

// Decode returns the record of what [Encode] has returned. The error wraps [ErrInvalid].
func Decode(body []byte) (Record, error) {
	if len(body) > mostRecord {
		return Record{}, fmt.Errorf("%w: it has %d bytes, at most %d are allowed", ErrInvalid, len(body), mostRecord)
	}
	var s stored
	if err := json.Unmarshal(body, &s); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if s.Version != version {
		return Record{}, fmt.Errorf("%w: version %d, this program knows %d", ErrInvalid, s.Version, version)
	}
	r := Record{Epoch: s.Epoch, Holder: s.Holder, Members: s.Members}
	return r, Check(r)
}

// Check returns an error that wraps [ErrInvalid] if a record that was read contradicts
// itself.
func Check(r Record) error {
	switch {
	case r.Epoch == 0 || len(r.Members) == 0:
		return fmt.Errorf("%w: epoch %d with %d members", ErrInvalid, r.Epoch, len(r.Members))
	case r.Holder != resolve.HolderOf(r.Members):
		return fmt.Errorf("%w: the holder is not that of its %d members", ErrInvalid, len(r.Members))
	}
	return nil
}

// Conflict returns the error of an advance from an epoch that is not that of the record.
func Conflict(from, epoch uint64) error {
	return fmt.Errorf("%w: it has epoch %d, not %d", ErrConflict, epoch, from)
}
