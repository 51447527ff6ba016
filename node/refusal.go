package node

import (
	"errors"
	"strings"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/transport"
	"github.com/ringmend/ringmend/node/wire"
)

// refusals maps the texts of errors, which is all that crosses the network, to their meaning.
var refusals = []struct {
	text  string
	means error
}{
	{swim.ErrNotReady.Error(), swim.ErrNotReady}, // of ringpop-go, too
	{swim.ErrOtherApp.Error(), swim.ErrOtherApp},
	{"tried joining a different app", swim.ErrOtherApp}, // of ringpop-go and ringpop-node
	{swim.ErrOwnAddress.Error(), swim.ErrAddressTaken},
	{"attempting to join itself", swim.ErrAddressTaken}, // of both
}

// noEndpoint are texts by which libraries of TChannel say that they have no handler for an
// endpoint: that of Node, and that of Go.
var noEndpoint = []string{"no such endpoint", "no handler for service"}

// refusal is the error of a call together with its meaning.
type refusal struct{ err, means error }

func (r *refusal) Error() string   { return r.err.Error() }
func (r *refusal) Unwrap() []error { return []error{r.err, r.means} }

// understood adds the meaning to the error of a call, for [errors.Is].
func understood(err error) error {
	if errors.Is(err, transport.ErrNoRoom) {
		return &refusal{err, swim.ErrStarved}
	}
	for _, text := range noEndpoint {
		if strings.Contains(err.Error(), text) {
			return &refusal{err, wire.ErrNoEndpoint}
		}
	}
	var remote *wire.RemoteError
	if !errors.As(err, &remote) {
		return err
	}
	for _, known := range refusals {
		if strings.Contains(remote.Message, known.text) {
			return &refusal{err, known.means}
		}
	}
	return err
}
