package ringpop

// The release whose exported surface this module has, and how compat/surface.txt names the
// module.
const (
	originalVersion = "v0.10.0"
	moduleName      = "uber"
)
