package evict

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ringmend/ringmend/node/wire"
)

// LabelPrefix is how the keys of labels begin that hold records. What follows is a number.
const LabelPrefix = "__evict"

// maxLabels is how many labels of a member hold records at most. The others are for the
// application and for what else is internal.
const maxLabels = 16

// Labels returns labels that hold records: for each one a letter, e or r, the version in
// base 36, @ and the member, with spaces between records. Records that find no room are
// left out.
func Labels(records []Record) map[string]string {
	labels := make(map[string]string)
	text := ""
	flush := func() {
		if text != "" {
			labels[LabelPrefix+strconv.Itoa(len(labels))] = text
			text = ""
		}
	}
	for _, r := range records {
		item := r.String()
		if len(text)+1+len(item) > wire.MaxLabelValue {
			flush()
		}
		if len(labels) == maxLabels {
			break
		}
		if text != "" {
			text += " "
		}
		text += item
	}
	flush()
	return labels
}

// String returns the form that labels hold: "elx2k1w8@10.0.0.9:3000".
func (r Record) String() string {
	letter := "r"
	if r.Evicted {
		letter = "e"
	}
	return fmt.Sprintf("%s%s@%s", letter, strconv.FormatInt(r.Version, 36), r.Member)
}

// Parse returns the records that the labels of a member hold, in no certain order. What makes
// no sense is left out: it may be of a later version of this program.
func Parse(labels map[string]string) []Record {
	var records []Record
	for key, value := range labels {
		if !strings.HasPrefix(key, LabelPrefix) {
			continue
		}
		for item := range strings.SplitSeq(value, " ") {
			if r, ok := parse(item); ok {
				records = append(records, r)
			}
		}
	}
	return records
}

// IsLabel reports whether a label holds records.
func IsLabel(key string) bool { return strings.HasPrefix(key, LabelPrefix) }

func parse(item string) (r Record, ok bool) {
	version, member, found := strings.Cut(item, "@")
	if !found || version == "" {
		return Record{}, false
	}
	switch version[0] {
	case 'e':
		r.Evicted = true
	case 'r':
	default:
		return Record{}, false
	}
	var err error
	if r.Version, err = strconv.ParseInt(version[1:], 36, 64); err != nil || r.Version < 1 || r.Version > MaxVersion || version[1] == '+' {
		return Record{}, false
	}
	if r.Member, err = wire.ParseAddress(member); err != nil {
		return Record{}, false
	}
	return r, true
}

// MaxVersion is the highest version that is believed, that of the year 2500. Every word can be
// out-bid: a version from the far future would be the last one for ever.
const MaxVersion = 16_725_225_600_000
