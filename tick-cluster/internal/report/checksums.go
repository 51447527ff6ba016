package report

import (
	"fmt"
	"iter"
	"strings"
)

// ByChecksum returns the groups of nodes that agree, in the order of [Checksums].
func ByChecksum(answers []Answer[uint32]) iter.Seq2[uint32, []string] {
	return func(yield func(uint32, []string) bool) {
		for _, g := range groupBy(answers, func(checksum uint32) uint32 { return checksum }) {
			if !yield(g.key, g.nodes) {
				return
			}
		}
	}
}

// Checksums shows which nodes agree, all on one line:
// "[3002] 400620880 (1) [3000, 3001] 192859590 (2)". Nodes that did not answer
// or were not asked follow on lines of their own.
func Checksums(answers []Answer[uint32], absent []Absent) string {
	var list []string
	for _, g := range groupBy(answers, func(checksum uint32) uint32 { return checksum }) {
		list = append(list, fmt.Sprintf("%s %d (%d)", g.title(), g.key, len(g.nodes)))
	}
	line := strings.Join(list, " ")
	if line != "" {
		line += "\n"
	}
	return line + Missing(answers, absent)
}
