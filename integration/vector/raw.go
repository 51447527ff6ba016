package vector

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// rawBody is a body byte for byte: pieces that are put together.
type rawBody []rawPiece

type rawPiece struct {
	Text  string `json:"text"`  // with "${…}"
	Hex   string `json:"hex"`   // for what no JSON string can hold
	Times int    `json:"times"` // default 1
}

// UnmarshalJSON implements json.Unmarshaler. A body may be one string.
func (r *rawBody) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*r = rawBody{{Text: text}}
		return nil
	}
	return json.Unmarshal(data, (*[]rawPiece)(r))
}

func (r rawBody) bytes(s *session) ([]byte, error) {
	var all []byte
	for _, piece := range r {
		text, err := interpolate(piece.Text, s)
		if err != nil {
			return nil, err
		}
		bytes, err := hex.DecodeString(piece.Hex)
		if err != nil {
			return nil, fmt.Errorf("raw: %w", err)
		}
		bytes = append(bytes, text...)
		for i := range max(1, piece.Times) {
			// "#" becomes the count, which lets repeated pieces differ.
			all = append(all, strings.ReplaceAll(string(bytes), "#", fmt.Sprint(i+1))...)
		}
	}
	return all, nil
}
