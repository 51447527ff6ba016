// Package ringpop is ringpop-go's, on a node of ringmend's: programs written for
// ringpop-go build with it by a replace line, and live in one ring with those that do not.
// docs/migrate.md says how, and what is different.
//
// What a ring does is in package pop of ringmend, which this one adds the channel, loggers,
// metrics and forwarding to.
package ringpop
