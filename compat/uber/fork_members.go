package ringpop

// forkInterface is what [Interface] has in Temporal's fork only: here nothing.
type forkInterface interface{}
