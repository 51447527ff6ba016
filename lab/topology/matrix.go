package topology

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxMatrix bounds the rows of a matrix.
const maxMatrix = 200

// ParseMatrix reads one-way latencies in milliseconds between hosts, nodes before
// clients: a line for each host, numbers with spaces or commas between. What follows a #
// is a comment.
func ParseMatrix(text string) ([][]float64, error) {
	var m [][]float64
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
		if len(fields) == 0 {
			continue
		}
		var row []float64
		for _, f := range fields {
			v, err := strconv.ParseFloat(f, 64)
			if err != nil || !(v >= 0 && v <= 60_000) {
				return nil, fmt.Errorf("line %d: %q is no latency in milliseconds, from 0 to 60000", number, f)
			}
			row = append(row, v)
		}
		if m = append(m, row); len(m) > maxMatrix {
			return nil, fmt.Errorf("more than %d lines", maxMatrix)
		}
	}
	if len(m) == 0 {
		return nil, errors.New("no line has a number")
	}
	for i, row := range m {
		if len(row) != len(m) {
			return nil, fmt.Errorf("row %d has %d numbers, there are %d rows", i+1, len(row), len(m))
		}
	}
	return m, nil
}
