package wire

import "fmt"

// Status is what a member is held to be. The values are ordered by precedence:
// at equal incarnation the higher status wins.
type Status uint8

// The statuses of a member.
const (
	// Alive members answer pings. They are pinged and in the ring.
	Alive Status = iota
	// Suspect members did not answer and have not refuted yet. They are still
	// pinged and still in the ring.
	Suspect
	// Faulty members stayed suspect for too long, or evicted themselves.
	Faulty
	// Leave marks members that left on purpose and may rejoin.
	Leave
	// Tombstone marks members that are about to be forgotten. It travels as
	// "faulty" with a flag, because old nodes fail on statuses they don't know.
	Tombstone

	numStatuses
)

var statusNames = [numStatuses]string{"alive", "suspect", "faulty", "leave", "tombstone"}

// ParseStatus returns the status with the given name, exactly as it is spelled
// on the wire.
func ParseStatus(name string) (Status, error) {
	for s, n := range statusNames {
		if n == name {
			return Status(s), nil
		}
	}
	return 0, fmt.Errorf("%w: unknown status %q", ErrInvalid, name)
}

// String returns the name of the status on the wire.
func (s Status) String() string {
	if s < numStatuses {
		return statusNames[s]
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// Pingable reports whether members of this status are pinged and own keys.
func (s Status) Pingable() bool { return s == Alive || s == Suspect }

// Dead reports whether members of this status are given up: faulty, or about to
// be forgotten. One that left is not.
func (s Status) Dead() bool { return s == Faulty || s == Tombstone }

// MarshalText implements encoding.TextMarshaler.
func (s Status) MarshalText() ([]byte, error) {
	if s >= numStatuses {
		return nil, fmt.Errorf("%w: %v", ErrInvalid, s)
	}
	return []byte(statusNames[s]), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Status) UnmarshalText(text []byte) error {
	parsed, err := ParseStatus(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}
