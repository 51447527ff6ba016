package web

import (
	"strings"

	"github.com/ringmend/ringmend/node/wire"
)

// List is list, for tests.
func List(members []wire.Member) string {
	var page strings.Builder
	list(&page, members)
	return page.String()
}
