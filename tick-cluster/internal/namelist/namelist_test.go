package namelist

import (
	"fmt"
	"strings"
	"testing"
)

func numbers(from, to int) (list []string) {
	for n := from; n <= to; n++ {
		list = append(list, fmt.Sprint(n))
	}
	return list
}

func TestManyNamesBecomeRanges(t *testing.T) {
	for _, test := range []struct {
		names []string
		want  string
	}{
		{nil, ""},
		{numbers(3000, 3002), "3000, 3001, 3002"},
		{numbers(1, 10), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10"},
		{numbers(3000, 3099), "3000-3099"},
		{append(numbers(1, 10), "12"), "1-10, 12"},
		{append([]string{"1", "2"}, numbers(4, 13)...), "1, 2, 4-13"},
		{append(numbers(1, 9), "21", "22", "23"), "1-9, 21-23"},
		{append(numbers(1, 10), "a:1", "a:2", "a:3"), "1-10, a:1, a:2, a:3"},
	} {
		if got := Of(test.names); got != test.want {
			t.Errorf("%s: got %q, want %q", strings.Join(test.names, " "), got, test.want)
		}
	}
}
