package util

import (
	"strconv"
	"time"
)

// Timestamp is a time that is a whole number of Unix seconds in JSON.
type Timestamp time.Time

// MarshalJSON returns the Unix seconds.
func (t *Timestamp) MarshalJSON() ([]byte, error) {
	return strconv.AppendInt(nil, time.Time(*t).Unix(), 10), nil
}

// UnmarshalJSON reads Unix seconds.
func (t *Timestamp) UnmarshalJSON(b []byte) error {
	seconds, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return err
	}
	*t = Timestamp(time.Unix(seconds, 0))
	return nil
}
