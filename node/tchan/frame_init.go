package tchan

import "github.com/ringmend/ringmend/node/wire"

const (
	protocolVersion = 2
	// maxInitHeaders and maxInitValue bound what a peer says of itself; the
	// library keeps it as long as the connection. Node puts a whole command line
	// into the process name.
	maxInitHeaders = 64
	maxInitValue   = 4 << 10 // bytes
)

// checkInit checks a handshake: the version, and two required headers. It returns
// the host:port that the peer goes by.
func checkInit(r *reader) (name string, err error) {
	if v := r.uint16(); v != protocolVersion {
		return "", badFrame("protocol version %d, only %d is spoken here", v, protocolVersion)
	}
	n := r.uint16()
	if n > maxInitHeaders {
		return "", badFrame("%d init headers, at most %d are allowed", n, maxInitHeaders)
	}
	var hostPort, processName bool
	for range n {
		key := r.take(r.uint16())
		value := r.take(r.uint16())
		if len(value) > maxInitValue {
			return "", badFrame("init header of %d bytes, at most %d are allowed", len(value), maxInitValue)
		}
		switch string(key) {
		case "host_port":
			if !saneHostPort(value) {
				return "", badFrame("init header host_port %.40q", value)
			}
			name, hostPort = string(value), true
		case "process_name":
			processName = true
		}
	}
	if err := r.end(); err != nil {
		return "", err
	}
	if !hostPort || !processName {
		return "", badFrame("init headers host_port and process_name are required")
	}
	return name, nil
}

// saneHostPort accepts everything that a peer may call itself: names, and also addresses
// at which it cannot be called ("0.0.0.0:0", nothing).
func saneHostPort(b []byte) bool {
	if len(b) > wire.MaxAddressLength {
		return false
	}
	for _, c := range b {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
