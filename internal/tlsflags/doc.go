// Package tlsflags has the TLS flags that all programs that talk to nodes share.
package tlsflags
