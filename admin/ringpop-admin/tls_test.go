package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/certtest"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
)

// A cluster that requires TLS is seen with a certificate of its authorities only.
func TestTLS(t *testing.T) {
	authority := certtest.New(t)
	files := authority.Files("127.0.0.1")
	address := freeAddresses(t, 1)[0]
	n, err := node.New(node.Config{
		App: "test", Address: address, Hosts: discovery.Static{address},
		TLS: &node.TLS{Mode: node.TLSRequire, Cert: files.Cert, Key: files.Key, CA: files.CA},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := n.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	stranger := certtest.New(t).Files("127.0.0.1")
	flags := func(f certtest.Files, ca string) string {
		return " --tls-cert=" + f.Cert + " --tls-key=" + f.Key + " --tls-ca=" + ca
	}
	for args, want := range map[string]struct {
		code int
		said string
	}{
		"list -m " + address + flags(files, files.CA):                                                  {0, address + "\n"},
		"list -m " + address:                                                                           {1, "requires TLS"},
		"list -m " + address + flags(stranger, files.CA):                                               {1, "unknown certificate authority"},
		"list -m " + address + flags(files, stranger.CA):                                               {1, "unknown authority"},
		"list -m " + address + " --tls-mode=accept":                                                    {2, "TLS needs"},
		"list -m " + address + " --tls-mode=on":                                                        {2, "off, accept or require"},
		"list -m " + address + " --tls-cert=/nowhere/cert --tls-key=/nowhere/key --tls-ca=" + files.CA: {1, "/nowhere/cert"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), strings.Fields(args), &stdout, &stderr, dial)
		if said := stdout.String() + stderr.String(); code != want.code || !strings.Contains(said, want.said) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", args, code, want.code, want.said, said)
		}
	}
}
