package wire

// The endpoints by which an operator puts a member out of the rings, and takes that back. Only
// nodes of ringmend have them.
const (
	EndpointEvict   = "/admin/evict"
	EndpointReadmit = "/admin/readmit"
)

// EvictRequest names the member.
type EvictRequest struct {
	Address Address `json:"address"`
}
