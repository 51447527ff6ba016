package certs_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/certtest"
	"github.com/ringmend/ringmend/node/certs"
)

func open(t *testing.T, f certtest.Files, change func(*certs.Files)) *certs.Store {
	t.Helper()
	files := certs.Files{Cert: f.Cert, Key: f.Key, CA: f.CA}
	if change != nil {
		change(&files)
	}
	s, err := certs.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// meet makes a connection, and returns what each side makes of it.
func meet(t *testing.T, server, client *tls.Config) (serves, calls error) {
	t.Helper()
	a, b := connected(t)
	defer a.Close()
	defer b.Close()
	served := make(chan error, 1)
	go func() {
		s := tls.Server(a, server)
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("x"))
		}
		a.Close()
		served <- err
	}()
	c := tls.Client(b, client)
	calls = c.Handshake()
	if calls == nil {
		_, calls = c.Read(make([]byte, 1)) // the server's verdict comes after the handshake
	}
	b.Close()
	return <-served, calls
}

// connected returns the two ends of a connection.
func connected(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if b, err = net.Dial("tcp", l.Addr().String()); err == nil {
		a, err = l.Accept()
	}
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

func TestWhoMayMeetWhom(t *testing.T) {
	ours, theirs := certtest.New(t), certtest.New(t)
	server := open(t, ours.Files("10.0.0.1", "node.ringmend"), nil)
	named := open(t, ours.Files("node.ringmend"), func(f *certs.Files) { f.Name = "node.ringmend" })
	lenient := open(t, ours.Files("10.0.0.1"), func(f *certs.Files) { f.AnyClient = true })
	member := open(t, ours.Files("10.0.0.2"), nil)
	stranger := open(t, theirs.Files("10.0.0.1"), nil)
	withoutCert := member.Client("10.0.0.1")
	withoutCert.Certificates = nil
	old := member.Client("10.0.0.1")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	expired := ours.Files("10.0.0.1")
	ours.Write(expired, -time.Minute, "10.0.0.1")

	for name, test := range map[string]struct {
		server, client *tls.Config
		serves, calls  string // errors, or nothing
	}{
		"a member":                            {server.Server(), member.Client("10.0.0.1"), "", ""},
		"another host answers":                {server.Server(), member.Client("10.0.0.9"), "bad certificate", "not 10.0.0.9"},
		"a caller of another authority":       {server.Server(), stranger.Client("10.0.0.1"), "bad certificate", "unknown authority"},
		"an answer of another authority":      {stranger.Server(), member.Client("10.0.0.1"), "bad certificate", "unknown authority"},
		"a caller without a certificate":      {server.Server(), withoutCert, "didn't provide a certificate", "certificate required"},
		"where any caller is taken":           {lenient.Server(), withoutCert, "", ""},
		"a caller with TLS 1.2":               {server.Server(), old, "unsupported versions", "protocol version not supported"},
		"a certificate that has expired":      {open(t, expired, nil).Server(), member.Client("10.0.0.1"), "bad certificate", "expired"},
		"a name for all":                      {named.Server(), named.Client("10.0.0.1"), "", ""},
		"a name for all, the caller has none": {named.Server(), member.Client("node.ringmend"), "wanted to match node.ringmend", "bad certificate"},
		"a name for all, the callee has none": {member.Server(), named.Client("10.0.0.2"), "bad certificate", "node.ringmend"},
	} {
		serves, calls := meet(t, test.server, test.client)
		for _, side := range []struct {
			err  error
			want string
		}{{serves, test.serves}, {calls, test.calls}} {
			if (side.err == nil) != (side.want == "") || side.err != nil && !strings.Contains(side.err.Error(), side.want) {
				t.Errorf("%s: serves %v, calls %v, want %q", name, serves, calls, side.want)
			}
		}
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	a := certtest.New(t)
	good, other := a.Files("10.0.0.1"), a.Files("10.0.0.1")
	nonsense := filepath.Join(t.TempDir(), "nonsense")
	if err := os.WriteFile(nonsense, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		files certs.Files
		want  string
	}{
		{certs.Files{}, "no file with the certificate"},
		{certs.Files{Cert: good.Cert}, "no file with the key"},
		{certs.Files{Cert: good.Cert, Key: good.Key}, "no file with the authorities"},
		{certs.Files{Cert: "/nowhere/cert", Key: good.Key, CA: good.CA}, "/nowhere/cert"},
		{certs.Files{Cert: good.Cert, Key: other.Key, CA: good.CA}, "private key does not match"},
		{certs.Files{Cert: good.Cert, Key: good.Key, CA: nonsense}, "no certificate in it"},
		{certs.Files{Cert: nonsense, Key: good.Key, CA: good.CA}, nonsense},
	} {
		if _, err := certs.Open(test.files); !errors.Is(err, certs.ErrFiles) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v", test.files, err)
		}
	}
}

// A certificate that is replaced is used for the next connection. While the files do not
// fit together the one before is, and that is said once.
func TestFilesAreReadAnew(t *testing.T) {
	a := certtest.New(t)
	f := a.Files("10.0.0.1")
	var log bytes.Buffer
	s := open(t, f, func(c *certs.Files) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	serial := func() string {
		leaf, err := x509.ParseCertificate(s.Server().Certificates[0].Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.String()
	}
	first := serial()
	next := a.Files("10.0.0.1")
	copyFile(t, next.Key, f.Key)
	await.True(t, await.Patience, "the key alone is noticed", func() bool {
		return serial() == first && strings.Count(log.String(), "cannot be used") == 1
	})
	copyFile(t, next.Cert, f.Cert)
	await.True(t, await.Patience, "the new certificate", func() bool { return serial() != first })
	if strings.Count(log.String(), "cannot be used") != 1 || strings.Count(log.String(), "read anew") != 1 {
		t.Errorf("the log:\n%s", log.String())
	}
	if err := os.Remove(f.CA); err != nil {
		t.Fatal(err)
	}
	await.True(t, await.Patience, "the loss of a file is noticed", func() bool {
		return serial() != first && strings.Count(log.String(), "cannot be used") == 2
	})
	if left := time.Until(s.Expires()); left < time.Minute {
		t.Errorf("expires in %v", left)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
