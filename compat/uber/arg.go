package ringpop

// Arg is an empty argument of a JSON call.
type Arg struct{}
