package ringpop

import (
	"bytes"
	"context"

	"github.com/apache/thrift/lib/go/thrift"
)

// SerializeThrift returns a struct in Thrift's binary protocol.
func SerializeThrift(ctx context.Context, s thrift.TStruct) ([]byte, error) {
	var buffer bytes.Buffer
	transport := thrift.NewStreamTransportW(&buffer)
	if err := s.Write(ctx, thrift.NewTBinaryProtocolTransport(transport)); err != nil {
		return nil, err
	}
	if err := transport.Flush(ctx); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// DeserializeThrift reads a struct in Thrift's binary protocol.
func DeserializeThrift(ctx context.Context, b []byte, s thrift.TStruct) error {
	return s.Read(ctx, thrift.NewTBinaryProtocolTransport(thrift.NewStreamTransportR(bytes.NewReader(b))))
}
