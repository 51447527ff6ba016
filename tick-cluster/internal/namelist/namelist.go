package namelist

import (
	"strconv"
	"strings"
)

// few is how many names are written out one by one.
const few = 10

// Of writes names with commas between. When they are many, numbers that follow
// each other become ranges: "3000-3099, 3105".
func Of(names []string) string {
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	var list []string
	for i := 0; i < len(names); {
		end := i + 1
		for end < len(names) && follows(names[end-1], names[end]) {
			end++
		}
		if end-i < 3 {
			end = i + 1
			list = append(list, names[i])
		} else {
			list = append(list, names[i]+"-"+names[end-1])
		}
		i = end
	}
	return strings.Join(list, ", ")
}

func follows(a, b string) bool {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	return errX == nil && errY == nil && y == x+1
}
