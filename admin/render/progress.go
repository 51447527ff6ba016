package render

import (
	"fmt"
	"strings"
)

// progressWidth is the length of a bar between its brackets.
const progressWidth = 30

// Progress returns a bar for asked out of known nodes. known is at least 1.
func Progress(asked, known int) string {
	done := progressWidth * asked / max(known, 1)
	return fmt.Sprintf("asked %d of %d nodes [%s%s]", asked, known,
		strings.Repeat("#", done), strings.Repeat(".", progressWidth-done))
}
