// Package bench holds benchmarks of ringmend and ringpop-go doing the same work
// side by side. Sub-benchmarks are named implementation/size, so that the ratio
// of two lines is the ratio of the two programs:
//
//	go test -bench . ./bench
//
// It is a module of its own, so that ringpop-go is nobody's dependency.
package bench
