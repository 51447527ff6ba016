// Package certs loads the certificates of a node from files, and reloads them when the
// files change. It checks both sides of a connection: the caller needs a certificate of
// the same authorities as the callee, unless that is turned off.
//
// It imports package tchan, for the form in which a transport takes them.
package certs
