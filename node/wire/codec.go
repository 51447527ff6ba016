package wire

import (
	"fmt"

	"github.com/go-json-experiment/json"
)

// Marshal encodes v. Equal values have equal encodings: the keys of objects
// are in order.
func Marshal(v any) ([]byte, error) {
	return json.Marshal(v, json.Deterministic(true))
}

// Unmarshal decodes one JSON value into v, which must be a pointer. Unknown
// keys are ignored, as old and new peers differ in them. Keys in another case,
// duplicate keys, invalid UTF-8, numbers that do not fit and anything behind
// the value are errors that wrap [ErrInvalid].
func Unmarshal(data []byte, v any) error {
	if len(data) > MaxBody {
		return fmt.Errorf("%w: body of %d bytes, at most %d are allowed", ErrInvalid, len(data), MaxBody)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}
