package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/wire"
)

// WordJSON is what came of evicting a member, or of readmitting it.
type WordJSON struct {
	Order  string       `json:"order"` // evict or readmit
	Member wire.Address `json:"member"`
	// Told are the nodes that were told, one of each side; Refused is why others refused.
	Told    []wire.Address `json:"told"`
	Refused []string       `json:"refused"`
	// Known is how many of the nodes of ringmend that have answered know it, and Nodes how
	// many there are.
	Known int `json:"known"`
	Nodes int `json:"nodes"`
	// Other means that the member is a node of another program. It was told to leave, or to
	// join.
	Other bool `json:"otherProgram"`
}

// Word returns what came of evicting a member, or of readmitting it.
func Word(w *WordJSON) string {
	var text strings.Builder
	done := map[string]string{"evict": "evicted", "readmit": "readmitted"}[w.Order]
	fmt.Fprintf(&text, "%s is %s. ", w.Member, done)
	if w.Known >= w.Nodes {
		fmt.Fprintf(&text, "All %d nodes of ringmend know it.\n", w.Nodes)
	} else {
		fmt.Fprintf(&text, "%d of %d nodes of ringmend know it so far.\n", w.Known, w.Nodes)
	}
	if w.Other && w.Order == "evict" {
		text.WriteString("It runs another program, which was told to leave. When it is restarted, nodes of such programs\ntake it into their rings again.\n")
	}
	for _, refused := range w.Refused {
		text.WriteString("refused: " + refused + "\n")
	}
	return text.String()
}

// EvictionJSON is a member that is evicted.
type EvictionJSON struct {
	Address wire.Address `json:"address"`
	Since   time.Time    `json:"since"`
}

// NewEvictionsJSON returns the members that are evicted; [] when none is.
func NewEvictionsJSON(list *evict.List) []EvictionJSON {
	view := []EvictionJSON{}
	for _, r := range list.Records() {
		if r.Evicted {
			view = append(view, EvictionJSON{r.Member, time.UnixMilli(r.Version).UTC()})
		}
	}
	return view
}

// Evicted says that a member is evicted, and since when; nothing if it is not.
func Evicted(list *evict.List, member wire.Address) string {
	r, _ := list.Get(member)
	if !r.Evicted {
		return ""
	}
	return fmt.Sprintf("%s is evicted, since %s UTC: it is in no ring until it is readmitted.\n", member, Incarnated(r.Version))
}
