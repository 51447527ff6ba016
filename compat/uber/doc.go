// Package ringpop has the API of ringpop-go on a ringmend node: programs written for
// ringpop-go build with it after a replace line, and share a ring with those that still use
// ringpop-go. docs/migrate.md says how, and what is different.
//
// The ring itself is in ringmend's package pop; this package adds the channel, loggers,
// metrics and forwarding.
package ringpop
