// Package logging has loggers with names and levels over one bark logger, for all Ringpops
// of a process.
package logging
