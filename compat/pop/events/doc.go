// Package events has ringpop-go's events of a ring and its event emitters. It imports the
// standard library only.
package events
