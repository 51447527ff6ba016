package ontchannel

import (
	"context"

	"github.com/ringmend/ringmend/node/wire"
)

// Idempotent and Once say whether an endpoint of [JSON] may execute a request twice; see
// [Endpoint].
const (
	Idempotent = true
	Once       = false
)

// JSON returns an endpoint whose requests and answers are JSON objects.
func JSON[Req, Res any](handle func(context.Context, *Req) (*Res, error), idempotent bool, keys func(*Req) []string) Endpoint {
	return Endpoint{
		Idempotent: idempotent,
		Keys: func(r *Request) ([]string, error) {
			request := new(Req)
			if err := wire.Unmarshal(r.Body, request); err != nil {
				return nil, err
			}
			r.decoded = request
			return keys(request), nil
		},
		Handle: func(ctx context.Context, r *Request) (*Response, error) {
			answer, err := handle(ctx, r.decoded.(*Req))
			if err != nil {
				return nil, err
			}
			body, err := wire.Marshal(answer)
			return &Response{Body: body}, err
		},
	}
}
