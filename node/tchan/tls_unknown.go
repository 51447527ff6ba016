package tchan

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"
)

// beginning is how many bytes tell TLS from TChannel.
const beginning = 3

// looksLikeTLS reports whether a connection that begins so speaks TLS: a handshake record
// (RFC 8446, section 5.1). A plain one would begin with an init req of exactly sizeOfTLS
// bytes, several times as long as the longest that is made.
func looksLikeTLS(b []byte) bool { return binary.BigEndian.Uint16(b) == sizeOfTLS }

// unknownConn is a connection whose first bytes will show whether it is plain or TLS. The
// goroutine that reads it finds out, and a silent peer holds up no other connection.
// Writes before that are plain: they can only be an error.
type unknownConn struct {
	net.Conn // as it was accepted
	securer  *securer
	stream   atomic.Pointer[net.Conn] // what to read and write, once it is known
	err      error                    // the reader's: it cannot be used
}

// Read implements net.Conn.
func (c *unknownConn) Read(p []byte) (int, error) {
	stream := c.stream.Load()
	if stream == nil && c.err == nil {
		var found net.Conn
		if found, c.err = c.find(); c.err == nil {
			stream = &found
			c.stream.Store(stream)
		}
	}
	if c.err != nil {
		return 0, c.err
	}
	return (*stream).Read(p)
}

// Write implements net.Conn.
func (c *unknownConn) Write(p []byte) (int, error) {
	if stream := c.stream.Load(); stream != nil {
		return (*stream).Write(p)
	}
	return c.Conn.Write(p)
}

// find reads the first bytes, and finishes the handshake of TLS if there is one.
func (c *unknownConn) find() (net.Conn, error) {
	first := make([]byte, headerSize)
	n, err := io.ReadAtLeast(c.Conn, first, beginning)
	if err != nil {
		return nil, err
	}
	plain := &prefixedConn{Conn: c.Conn, prefix: first[:n]}
	switch {
	case looksLikeTLS(first):
		secured := tls.Server(plain, c.securer.Server())
		if err := secured.Handshake(); err != nil {
			c.securer.log.warn("connection closed: TLS has failed", "peer", c.RemoteAddr(), "error", err)
			return nil, err
		}
		return secured, nil
	case c.securer.Mode == TLSRequire:
		c.securer.log.warn("connection closed: it is plain, and this node requires TLS", "peer", c.RemoteAddr())
		_, _ = c.Conn.Write(errorFrame(1, CodeProtocol, errPlain.Error()))
		return nil, errPlain
	}
	return plain, nil
}

// prefixedConn is a connection of which some bytes have been read already.
type prefixedConn struct {
	net.Conn
	prefix []byte
}

// Read implements net.Conn.
func (c *prefixedConn) Read(p []byte) (int, error) {
	if len(c.prefix) > 0 {
		n := copy(p, c.prefix)
		c.prefix = c.prefix[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// dialledConn is a secured connection that is closed without a farewell, for which its
// Close would wait when the peer does not read.
type dialledConn struct {
	*tls.Conn
}

// Close implements net.Conn.
func (c dialledConn) Close() error { return c.NetConn().Close() }
