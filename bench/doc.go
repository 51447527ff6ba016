// Package bench holds benchmarks of ringmend and ringpop-go doing the same work
// side by side. Sub-benchmarks are named implementation/size: the ratio of two lines
// is the ratio of the two programs:
//
//	go test -bench . ./bench
//
// It is a module of its own: ringpop-go is no dependency of the others.
package bench
