// Package tlsflags is what the command lines of programs that talk to nodes have in
// common about TLS.
package tlsflags
