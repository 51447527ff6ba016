//go:build !race

package guardsim

// raceDivisor is by how much fewer histories are played under the race detector.
const raceDivisor = 1
