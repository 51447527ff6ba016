// Package discovery has ringpop-go's interface of lists of hosts to join; packages
// statichosts and jsonfile beside it implement it. It imports nothing.
package discovery

// DiscoverProvider lists hosts to join, as host:port. The errors and the list of a call
// are those of that moment; it is called again for each attempt.
type DiscoverProvider interface {
	Hosts() ([]string, error)
}
