package naming

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
)

// Errors of [Find] and [Choose], wrapped with the words. Others are those of
// [partition.ParsePart].
var (
	// ErrNode says that a word names no node of the cluster.
	ErrNode = errors.New("no such node")
	// ErrMany says that a count exceeds the number of nodes.
	ErrMany = errors.New("too many")
	// ErrEither says that a number may be a count as well as a name.
	ErrEither = errors.New("it may mean two things")
)

// Node is a node of the cluster and the words that mean it.
type Node struct {
	Name string
	// Number is what the node is called by: usually its port. Index is another
	// number for it, for nodes that share a port: the port that the node would have
	// if they did not.
	Number, Index int
	Address       netip.AddrPort
}

// Find returns the nodes that an item means, by their places in the list: at least
// one. The item must not be "*".
func Find(nodes []Node, item partition.Item) ([]int, error) {
	in := func(n int) bool { return n >= int(item.From) && n <= int(item.To) }
	ways := []func(Node) bool{
		func(n Node) bool { return in(n.Number) },
		func(n Node) bool { return in(n.Index) },
	}
	if item.Host != "" {
		ways = []func(Node) bool{func(n Node) bool {
			return n.Address.Addr().String() == item.Host && (item.From == 0 || in(int(n.Address.Port())))
		}}
	}
	for _, means := range ways {
		var found []int
		for i, n := range nodes {
			if means(n) {
				found = append(found, i)
			}
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, fmt.Errorf("%w: %s (%s)", ErrNode, item, theyAre(nodes))
}

func theyAre(nodes []Node) string {
	if len(nodes) == 1 {
		return "there is only " + nodes[0].Name
	}
	return fmt.Sprintf("they are %s to %s", nodes[0].Name, nodes[len(nodes)-1].Name)
}

// Random is the word in front of a number that is a count whatever it may name.
const Random = "random"

// Choose returns what the words of a command mean: some nodes by their names, each
// once, or how many of them to pick at random, when names is nil.
//
// A number alone is a count up to the number of nodes, and above it a name. One that
// could be both is an error: [ErrEither] says how to write either. Several words are
// names, and so is any word with a comma, a hyphen, a dot or a colon in it. "*" is all
// nodes.
func Choose(nodes []Node, words []string) (names []string, count int, err error) {
	if len(words) == 2 && words[0] == Random {
		count, err = strconv.Atoi(words[1])
		if err != nil || count < 0 || words[1][0] == '+' {
			return nil, 0, fmt.Errorf("%q is not a number of nodes", words[1])
		}
		return atMost(nodes, count)
	}
	if number, alone := alone(words); alone {
		return chooseNumber(nodes, number)
	}
	// People write ", " between names.
	list := strings.FieldsFunc(strings.Join(words, ","), func(r rune) bool { return r == ',' })
	part, err := partition.ParsePart(strings.Join(list, ","))
	if err != nil {
		return nil, 0, err
	}
	if slices.ContainsFunc(part, func(i partition.Item) bool { return i.Rest }) {
		return nil, len(nodes), nil
	}
	return findAll(nodes, part)
}

// alone returns the number that is the only word. Numbers that are too long for an
// int are as good as any other that is too large.
func alone(words []string) (number int, ok bool) {
	if len(words) != 1 || words[0] == "" || strings.Trim(words[0], "0123456789") != "" {
		return 0, false
	}
	number, _ = strconv.Atoi(words[0])
	return number, true
}

func chooseNumber(nodes []Node, number int) (names []string, count int, err error) {
	var found []int
	if number > 0 && number <= 65535 {
		// Having none is no error yet.
		found, _ = Find(nodes, partition.Item{From: uint16(number), To: uint16(number)})
	}
	switch {
	case len(found) > 0 && number <= len(nodes):
		n := nodes[found[0]]
		return nil, 0, fmt.Errorf("%w: %d is a number of nodes and the name of one: write \"%s %d\" or \"%s\"", ErrEither, number, Random, number, n.Address)
	case len(found) > 0:
		return []string{nodes[found[0]].Name}, 0, nil
	default:
		return atMost(nodes, number)
	}
}

// atMost checks that there are at least count nodes.
func atMost(nodes []Node, count int) ([]string, int, error) {
	if count > len(nodes) {
		return nil, 0, fmt.Errorf("%w: %d is more than the %d nodes of the cluster, and no name of one (%s)", ErrMany, count, len(nodes), theyAre(nodes))
	}
	return nil, count, nil
}

func findAll(nodes []Node, part partition.Part) (names []string, count int, err error) {
	for _, item := range part {
		found, err := Find(nodes, item)
		if err != nil {
			return nil, 0, err
		}
		for _, i := range found {
			if !slices.Contains(names, nodes[i].Name) {
				names = append(names, nodes[i].Name)
			}
		}
	}
	return names, 0, nil
}
