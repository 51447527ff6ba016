package node

import (
	"fmt"
	"log/slog"

	"github.com/ringmend/ringmend/node/certs"
	"github.com/ringmend/ringmend/node/tchan"
)

// TLSMode says which connections are made and taken.
type TLSMode = tchan.TLSMode

// The modes, in the order in which a cluster changes over: all nodes accept TLS before
// the first one requires it.
const (
	TLSOff     = tchan.TLSOff     // plain connections only
	TLSAccept  = tchan.TLSAccept  // both are accepted; TLS is used with peers that know it
	TLSRequire = tchan.TLSRequire // TLS only
)

// TLS says how connections between nodes are secured: by TLS 1.3, with certificates from
// files that are reloaded when they change. A node must have one of the authorities in
// CA, and those that call it, too.
type TLS struct {
	Mode TLSMode
	// Cert and Key are the files, in PEM, with the node's certificate and its key, and
	// CA the one with the authorities. Required, but for TLSOff.
	Cert, Key, CA string
	// Name is a name that the certificates of all peers must have. Default: a peer that
	// is called must have its host, an IP address as a rule; one that calls, any.
	Name string
	// AnyClient accepts callers without a certificate.
	AnyClient bool
}

// options returns what the transport needs.
func (t *TLS) options(log *slog.Logger) (*tchan.TLS, error) {
	if t == nil || t.Mode == TLSOff {
		return nil, nil
	}
	store, err := certs.Open(certs.Files{Cert: t.Cert, Key: t.Key, CA: t.CA, Name: t.Name, AnyClient: t.AnyClient, Logger: log})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return store.TLS(t.Mode), nil
}

// newTransport returns the default transport.
func newTransport(cfg *Config, log *slog.Logger) (*tchan.Transport, error) {
	tls, err := cfg.TLS.options(log)
	if err != nil {
		return nil, err
	}
	return tchan.New(tchan.Options{
		Logger: log, DialFrom: cfg.DialFrom, Advertise: cfg.Advertise, TLS: tls, AcceptFrom: cfg.AcceptFrom,
	})
}
