// Package pop is a ringmend node behind the names and the behaviour of ringpop-go, without
// what names TChannel: the modules compat/uber and compat/temporal, which programs put in
// the place of ringpop-go by a replace line, add that.
//
// A [Ring] is made by options and makes its node at the first bootstrap; see ring.go and
// bootstrap.go. Events of the node become ringpop-go's in events.go. Types are in packages
// beside this one, by ringpop-go's paths; both modules re-export them by aliases.
//
// Of this module it imports node, its packages and the compat packages.
package pop
