//go:build race

package sim

const raceDivisor = 6
