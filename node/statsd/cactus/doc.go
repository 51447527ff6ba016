// Package cactus sends the metrics of a node with the statsd client of Cactus, the
// successor of the one that ringpop-go uses.
package cactus
