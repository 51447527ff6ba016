package wire

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/dgryski/go-farm"
)

// Checksum returns the checksum of a membership, of flavour go or node, as a node that
// holds exactly these members reports it. Their order does not matter. Nodes keep it up
// to date member by member; this is the plain way to get the same.
func Checksum(flavour Flavour, members []Member) uint32 {
	sorted := slices.Clone(members)
	slices.SortFunc(sorted, func(a, b Member) int { return flavour.Compare(a.Address, b.Address) })
	var text []byte
	for i := range sorted {
		text = AppendChecksumText(text, flavour, &sorted[i])
	}
	if flavour == FlavourNode && len(text) > 0 {
		text = text[:len(text)-1] // no separator behind the last one
	}
	return farm.Fingerprint32(text)
}

// AppendChecksumText appends the string that stands for a member in the text whose hash
// the checksum is, with the separator that follows it. Tombstones are left out:
// nodes that have forgotten a member then agree with those that are about to.
func AppendChecksumText(dst []byte, flavour Flavour, m *Member) []byte {
	if m.Status == Tombstone {
		return dst
	}
	dst = append(dst, m.Address...)
	dst = append(dst, m.Status.String()...)
	dst = strconv.AppendInt(dst, m.Incarnation, 10)
	if flavour == FlavourGo && len(m.Labels) > 0 {
		if sum := LabelsChecksum(m.Labels); sum != 0 {
			dst = append(dst, "#labels"...)
			dst = strconv.AppendInt(dst, int64(sum), 10)
		}
	}
	return append(dst, ';')
}

// LabelsChecksum combines the hashes of all labels such that their order does
// not matter. It is signed because ringpop-node's is.
func LabelsChecksum(labels map[string]string) int32 {
	var sum uint32
	var scratch [256]byte
	for key, value := range labels {
		text := binary.BigEndian.AppendUint32(scratch[:0], uint32(len(key)))
		text = append(text, key...)
		text = binary.BigEndian.AppendUint32(text, uint32(len(value)))
		text = append(text, value...)
		sum ^= farm.Fingerprint32(text)
	}
	return int32(sum)
}
