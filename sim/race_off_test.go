//go:build !race

package sim

const raceDivisor = 1
