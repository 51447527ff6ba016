package forward

import (
	"encoding/json"
	"maps"

	"github.com/uber/tchannel-go/thrift"
)

// ForwardedHeaderName is the header of a Thrift call that was forwarded: such a call is not
// forwarded again. Its value is the list of keys, as JSON.
var ForwardedHeaderName = "ringpop-forward-keys"

// SetForwardedHeader returns a context whose calls are marked as forwarded. The headers of
// the given one stay as they are.
func SetForwardedHeader(ctx thrift.Context, keys []string) thrift.Context {
	if keys == nil {
		keys = []string{} // not null
	}
	value, err := json.Marshal(keys)
	if err != nil {
		panic(err) // no list of strings makes one
	}
	headers := maps.Clone(ctx.Headers())
	if headers == nil {
		headers = make(map[string]string)
	}
	headers[ForwardedHeaderName] = string(value)
	return thrift.WithHeaders(ctx, headers)
}

// DeleteForwardedHeader takes the mark away, and reports whether it was there.
func DeleteForwardedHeader(ctx thrift.Context) bool {
	_, forwarded := ctx.Headers()[ForwardedHeaderName]
	delete(ctx.Headers(), ForwardedHeaderName)
	return forwarded
}
