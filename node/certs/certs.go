package certs

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/tchan"
)

// Files says where certificates are, in PEM, and what is asked of those of peers.
type Files struct {
	// Cert and Key are the node's own certificate, with those between it and its
	// authority, and its key. Required.
	Cert, Key string
	// CA are the authorities whose certificates are trusted. Required: the authorities
	// of the system say nothing about who belongs to a cluster.
	CA string
	// Name is a name that the certificate of each peer must have. Default: the host of
	// the address that is called, an IP address as a rule; of those that call, none.
	Name string
	// AnyClient accepts callers without a certificate.
	AnyClient bool
	// Logger gets a line when files were reloaded, or cannot be. Default: no logs.
	Logger *slog.Logger
}

// checkEvery is how often the files are looked at, at most.
const checkEvery = time.Second

// Store holds what was read last. It may be used concurrently.
type Store struct {
	files Files

	mu      sync.Mutex
	checked time.Time // when the files were looked at
	stamps  [3]stamp  // of what is held
	tried   [3]stamp  // of what could not be used
	held    *content
}

// content is the content of files that fit together.
type content struct {
	certificate tls.Certificate
	authorities *x509.CertPool
}

// stamp identifies a version of a file.
type stamp struct {
	size     int64
	modified time.Time
}

// ErrFiles is wrapped by errors about files that cannot be used.
var ErrFiles = errors.New("bad certificates")

// Open reads the files. The error wraps [ErrFiles] and says which one cannot be used,
// and why.
func Open(files Files) (*Store, error) {
	for _, f := range []struct{ what, path string }{{"certificate", files.Cert}, {"key", files.Key}, {"authorities", files.CA}} {
		if f.path == "" {
			return nil, fmt.Errorf("%w: no file with the %s", ErrFiles, f.what)
		}
	}
	if files.Logger == nil {
		files.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{files: files, checked: time.Now()}
	s.stamps = s.look()
	var err error
	s.held, err = files.read()
	return s, err
}

func (f *Files) read() (*content, error) {
	certificate, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: %s, %s: %w", ErrFiles, f.Cert, f.Key, err)
	}
	pem, err := os.ReadFile(f.CA)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFiles, err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%w: %s: no certificate in it", ErrFiles, f.CA)
	}
	return &content{certificate, authorities}, nil
}

// look returns the states of the files; of one that is not there, nothing.
func (s *Store) look() (stamps [3]stamp) {
	for i, path := range []string{s.files.Cert, s.files.Key, s.files.CA} {
		if info, err := os.Stat(path); err == nil {
			stamps[i] = stamp{info.Size(), info.ModTime()}
		}
	}
	return stamps
}

// current returns what the files hold. While they cannot be used, as between the writes
// of a certificate and of its key, it is what they held before.
func (s *Store) current() *content {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if now.Sub(s.checked) < checkEvery {
		return s.held
	}
	s.checked = now
	found := s.look()
	if found == s.stamps || found == s.tried {
		return s.held
	}
	next, err := s.files.read()
	if err != nil {
		s.tried = found
		s.files.Logger.Warn("certificates have changed and cannot be used, those from before are", "error", err)
		return s.held
	}
	s.held, s.stamps, s.tried = next, found, [3]stamp{}
	s.files.Logger.Info("certificates were read anew", "expires", next.certificate.Leaf.NotAfter)
	return s.held
}

// Expires returns when the node's own certificate does.
func (s *Store) Expires() time.Time { return s.current().certificate.Leaf.NotAfter }

// Server returns the settings of one connection that is accepted.
func (s *Store) Server() *tls.Config {
	c := s.current()
	config := &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{c.certificate},
		ClientCAs:              c.authorities,
		ClientAuth:             tls.RequireAndVerifyClientCert,
		SessionTicketsDisabled: true, // check each connection against the current files
	}
	if s.files.AnyClient {
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	if s.files.Name != "" {
		config.VerifyConnection = s.checkName
	}
	return config
}

// checkName checks the name of the caller. Without a certificate there is none.
func (s *Store) checkName(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return nil // checked before: AnyClient
	}
	return state.PeerCertificates[0].VerifyHostname(s.files.Name)
}

// Client returns the settings of one connection to a host.
func (s *Store) Client(host string) *tls.Config {
	c := s.current()
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{c.certificate},
		RootCAs:      c.authorities,
		ServerName:   cmp.Or(s.files.Name, host),
	}
}

// TLS returns what a transport needs.
func (s *Store) TLS(mode tchan.TLSMode) *tchan.TLS {
	return &tchan.TLS{Mode: mode, Server: s.Server, Client: s.Client}
}
