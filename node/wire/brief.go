package wire

// EndpointBrief is where a node of ringmend tells what tools show of many nodes at once. It
// costs little, however large the cluster is.
const EndpointBrief = "/admin/brief"

// BriefVersion is the version of [Brief]. Fields are added without a new one; it is raised
// when a field goes or changes its meaning.
const BriefVersion = 1

// Brief is what a node tells of itself in few words. Durations are milliseconds.
type Brief struct {
	Version int `json:"version"`
	// Resolver is the state of the resolver, as in [ResolveStatus]; ResolverFor is since when.
	Resolver    string `json:"resolver"`
	ResolverFor int64  `json:"resolverFor"`
	// Refuses is why the node serves no key; empty: it serves.
	Refuses string `json:"refuses,omitempty"`
	// Split means that the node suspects that the cluster is split; SplitFor is since when.
	Split    bool  `json:"split"`
	SplitFor int64 `json:"splitFor"`
}
