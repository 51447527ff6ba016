package swim

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// This file puts into words what a script shows, and reads what it says.

func describeEvent(e Event) string {
	switch e := e.(type) {
	case MembersChanged:
		var b strings.Builder
		for _, c := range e.Changes {
			switch {
			case c.Before == nil:
				fmt.Fprintf(&b, "member %s: new, %s\n", letter(c.After.Address), describeMember(c.After))
			case c.After == nil:
				fmt.Fprintf(&b, "member %s: %s, forgotten\n", letter(c.Before.Address), describeMember(c.Before))
			default:
				fmt.Fprintf(&b, "member %s: %s -> %s\n", letter(c.After.Address), describeMember(c.Before), describeMember(c.After))
			}
		}
		return b.String()
	case Refuted:
		return fmt.Sprintf("refuted %s\n", describeChange(&e.Accusation))
	case JoinWaiting, Joined:
		return letters(noFailure.Replace(fmt.Sprintf("event %T%+v\n", e, e)))
	}
	return letters(fmt.Sprintf("event %T%+v\n", e, e))
}

// noFailure leaves out the empty failures of events.
var noFailure = strings.NewReplacer(" Failed: Err:<nil>}", "}", " Err:<nil>}", "}", " Failed:}", "}")

func describeBody(body any) string {
	switch b := body.(type) {
	case *wire.Ping:
		return "ping" + whole(b.Changes.Version()) + describeChanges(b.Changes.All())
	case *wire.JoinRequest:
		return "join\n"
	case *wire.JoinResponse:
		return "membership" + describeChanges(b.Membership.All())
	case *wire.PingRequest:
		return fmt.Sprintf("ping-req %s%s", letter(b.Target), describeChanges(b.Changes.All()))
	case *wire.PingRequestResponse:
		return fmt.Sprintf("ping-req %s reached=%v%s", letter(b.Target), b.OK, describeChanges(b.Changes.All()))
	case *wire.TickResponse:
		return "tick\n"
	}
	return fmt.Sprintf("%T\n", body)
}

func whole(version uint64) string {
	if version != 0 {
		return " full sync"
	}
	return ""
}

func describeChanges(changes []wire.Change) string {
	var b strings.Builder
	b.WriteByte('\n')
	for i := range changes {
		fmt.Fprintf(&b, "  %s\n", describeChange(&changes[i]))
	}
	return b.String()
}

func describeChange(c *wire.Change) string {
	text := fmt.Sprintf("%s %s", letter(c.Address), describeMember(&Member{Status: c.Status, Incarnation: c.Incarnation, Labels: c.Labels}))
	if c.Source != "" {
		text += fmt.Sprintf(" by %s@%d", letter(c.Source), relative(c.SourceIncarnation))
	}
	return text
}

func describeMember(m *Member) string {
	text := fmt.Sprintf("%v@%d", m.Status, relative(m.Incarnation))
	if len(m.Labels) > 0 {
		text += fmt.Sprintf(" %v", m.Labels)
	}
	return text
}

// parseChanges reads lines such as "b suspect@5 {k:v} by c@3".
func parseChanges(t *testing.T, input string) []wire.Change {
	var changes []wire.Change
	for line := range strings.Lines(input) {
		fields := strings.Fields(line)
		status, incarnation, ok := strings.Cut(fields[1], "@")
		if !ok {
			t.Fatalf("bad change %q", line)
		}
		parsed, err := wire.ParseStatus(status)
		if err != nil {
			t.Fatal(err)
		}
		c := wire.Change{Address: address(fields[0]), Status: parsed, Incarnation: parseIncarnation(t, incarnation)}
		for i, field := range fields[2:] {
			switch {
			case strings.HasPrefix(field, "{"):
				key, value, _ := strings.Cut(strings.Trim(field, "{}"), ":")
				c.Labels = map[string]string{key: value}
			case field == "by":
				source, at, _ := strings.Cut(fields[2+i+1], "@")
				c.Source, c.SourceIncarnation = address(source), parseIncarnation(t, at)
			}
		}
		changes = append(changes, c)
	}
	return changes
}

func parseIncarnation(t *testing.T, s string) int64 {
	if s == "" {
		return epoch
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return epoch + n
}

func relative(incarnation int64) int64 {
	if incarnation == 0 {
		return 0
	}
	return incarnation - epoch
}

func address(letter string) wire.Address {
	return wire.Address(fmt.Sprintf("127.0.0.1:%d", 3000+int(letter[0]-'a')))
}

func letter(a wire.Address) string {
	var port int
	if _, err := fmt.Sscanf(string(a), "127.0.0.1:%d", &port); err != nil {
		return string(a)
	}
	return string(rune('a' + port - 3000))
}

// letters abbreviates the addresses in a text.
func letters(text string) string {
	for l := 'a'; l <= 'i'; l++ {
		text = strings.ReplaceAll(text, string(address(string(l))), string(l))
	}
	return text
}
