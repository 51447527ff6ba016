package ringpop

import (
	"bytes"

	"github.com/uber/tchannel-go/thirdparty/github.com/apache/thrift/lib/go/thrift"
)

// SerializeThrift returns a struct in Thrift's binary protocol.
func SerializeThrift(s thrift.TStruct) ([]byte, error) {
	var buffer bytes.Buffer
	transport := thrift.NewStreamTransportW(&buffer)
	if err := s.Write(thrift.NewTBinaryProtocolTransport(transport)); err != nil {
		return nil, err
	}
	if err := transport.Flush(); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// DeserializeThrift reads a struct in Thrift's binary protocol.
func DeserializeThrift(b []byte, s thrift.TStruct) error {
	return s.Read(thrift.NewTBinaryProtocolTransport(thrift.NewStreamTransportR(bytes.NewReader(b))))
}
