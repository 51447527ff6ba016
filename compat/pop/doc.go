// Package pop is a ringmend node with the names and the behaviour of ringpop-go, except for
// the parts that name TChannel. The modules compat/uber and compat/temporal add those;
// programs put one of them in the place of ringpop-go with a replace line.
//
// A [Ring] is made from options and makes its node at the first bootstrap; see ring.go and
// bootstrap.go. Events of the node become ringpop-go's in events.go. Types are in packages
// beside this one, by ringpop-go's paths; both modules re-export them by aliases.
//
// Of this module it imports node, its packages and the compat packages.
package pop
