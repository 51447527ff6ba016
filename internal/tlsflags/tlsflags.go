package tlsflags

import (
	"errors"

	"github.com/ringmend/ringmend/node/certs"
	"github.com/ringmend/ringmend/node/tchan"
)

// Flags are the values of the flags.
type Flags struct {
	certs.Files
	mode string
}

// set is a flag.FlagSet, or one of pflag.
type set interface {
	StringVar(p *string, name, value, usage string)
}

// Add adds the flags: --tls-cert, --tls-key, --tls-ca, --tls-name and --tls-mode.
func (f *Flags) Add(to set) {
	to.StringVar(&f.Cert, "tls-cert", "", "`FILE` with the certificate for TLS, in PEM; read anew when it changes, as are the others")
	to.StringVar(&f.Key, "tls-key", "", "`FILE` with its key")
	to.StringVar(&f.CA, "tls-ca", "", "`FILE` with the authorities whose certificates are trusted")
	to.StringVar(&f.Name, "tls-name", "", "`NAME` that the certificates of all peers must have (default the host that is called)")
	to.StringVar(&f.mode, "tls-mode", "", "`MODE` of TLS: off, accept for TLS and plain connections at the same port while a cluster changes over, or require (default require with -tls-cert, else off)")
}

// Modes are the values that --tls-mode can have.
func Modes() []string {
	return []string{tchan.TLSOff.String(), tchan.TLSAccept.String(), tchan.TLSRequire.String()}
}

// Mode returns the mode of TLS. The error is about the command line.
func (f *Flags) Mode() (tchan.TLSMode, error) {
	given := f.Cert != "" || f.Key != "" || f.CA != "" || f.Name != ""
	mode := tchan.TLSOff
	if given {
		mode = tchan.TLSRequire
	}
	if f.mode != "" {
		var err error
		if mode, err = tchan.ParseTLSMode(f.mode); err != nil {
			return mode, err
		}
	}
	if mode != tchan.TLSOff && (f.Cert == "" || f.Key == "" || f.CA == "") {
		return mode, errors.New("TLS needs -tls-cert, -tls-key and -tls-ca")
	}
	return mode, nil
}

// TLS returns what a transport needs; nil if there is no TLS.
func (f *Flags) TLS() (*tchan.TLS, error) {
	mode, err := f.Mode()
	if err != nil || mode == tchan.TLSOff {
		return nil, err
	}
	store, err := certs.Open(f.Files)
	if err != nil {
		return nil, err
	}
	return store.TLS(mode), nil
}
