// Package certs keeps the certificates of a node as files have them, and reads the files
// anew when they change. It checks both sides of a connection: who calls must have a
// certificate of the same authorities as who is called, unless that is turned off.
//
// It imports package tchan, for the form in which a transport takes them.
package certs
