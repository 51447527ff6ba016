package ontchannel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"strconv"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/node/wire"
)

// hopsHeader says how many times a request was forwarded.
const hopsHeader = "ringmend-hops"

var errHeaders = errors.New("bad headers")

// decodeHeaders reads arg2: a JSON object of strings, or, of Thrift and raw calls, a number
// of pairs, each of them two strings with their lengths.
func decodeHeaders(format tchannel.Format, arg2 []byte) (map[string]string, error) {
	if len(arg2) == 0 {
		return nil, nil
	}
	if format == tchannel.JSON {
		if string(arg2) == "{}" {
			return nil, nil
		}
		var headers map[string]string
		if err := wire.Unmarshal(arg2, &headers); err != nil {
			return nil, fmt.Errorf("%w: %w", errHeaders, err)
		}
		return headers, nil
	}
	return decodePairs(arg2)
}

func decodePairs(arg2 []byte) (map[string]string, error) {
	r := pairs{rest: arg2}
	count := r.number()
	if count == 0 && r.err == nil && len(r.rest) == 0 {
		return nil, nil
	}
	headers := make(map[string]string)
	for range count {
		key := r.text()
		value := r.text()
		if r.err != nil {
			return nil, r.err
		}
		headers[key] = value
	}
	if r.err == nil && len(r.rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes after the last one", errHeaders, len(r.rest))
	}
	return headers, r.err
}

// pairs reads what encodePairs writes. After an error it reads nothing any more.
type pairs struct {
	rest []byte
	err  error
}

func (p *pairs) number() int {
	if len(p.rest) < 2 {
		p.rest, p.err = nil, fmt.Errorf("%w: they end within a number", errHeaders)
		return 0
	}
	n := binary.BigEndian.Uint16(p.rest)
	p.rest = p.rest[2:]
	return int(n)
}

func (p *pairs) text() string {
	n := p.number()
	if n > len(p.rest) {
		p.rest, p.err = nil, fmt.Errorf("%w: they end within a string", errHeaders)
		return ""
	}
	s := string(p.rest[:n])
	p.rest = p.rest[n:]
	return s
}

// encodeHeaders writes arg2.
func encodeHeaders(format tchannel.Format, headers map[string]string) ([]byte, error) {
	if format == tchannel.JSON {
		if len(headers) == 0 {
			return []byte("{}"), nil
		}
		return wire.Marshal(headers)
	}
	if len(headers) > math.MaxUint16 {
		return nil, fmt.Errorf("%w: %d of them", errHeaders, len(headers))
	}
	arg2 := binary.BigEndian.AppendUint16(nil, uint16(len(headers)))
	for key, value := range headers {
		for _, s := range []string{key, value} {
			if len(s) > math.MaxUint16 {
				return nil, fmt.Errorf("%w: one of %d bytes", errHeaders, len(s))
			}
			arg2 = binary.BigEndian.AppendUint16(arg2, uint16(len(s)))
			arg2 = append(arg2, s...)
		}
	}
	return arg2, nil
}

// takeHops takes the number of hops out of the headers of a request.
func takeHops(headers map[string]string) (int, error) {
	text, forwarded := headers[hopsHeader]
	if !forwarded {
		return 0, nil
	}
	delete(headers, hopsHeader)
	hops, err := strconv.ParseUint(text, 10, 16)
	if err != nil || hops == 0 {
		return 0, fmt.Errorf("%w: %s is %.20q", errHeaders, hopsHeader, text)
	}
	return int(hops), nil
}

// withHops returns the headers of a request that is forwarded once more.
func withHops(headers map[string]string, hops int) map[string]string {
	with := maps.Clone(headers)
	if with == nil {
		with = make(map[string]string, 1)
	}
	with[hopsHeader] = strconv.Itoa(hops + 1)
	return with
}
