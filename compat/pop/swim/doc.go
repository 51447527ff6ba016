// Package swim has ringpop-go's names for the membership protocol: members, labels,
// options and events. Of this module it imports the compat packages, node and node/wire.
package swim
