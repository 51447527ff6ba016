package render

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// splitVerdict is the verdict on split.
const splitVerdict = `{
	"condition": "split",
	"sides": [
		{"nodes": ["127.0.0.1:3000", "127.0.0.1:3001"], "checksums": [3283514511], "oneWay": false},
		{"nodes": ["127.0.0.1:3002", "127.0.0.1:3003"], "checksums": [400620880], "oneWay": false}
	],
	"views": 2,
	"up": ["127.0.0.1:3000", "127.0.0.1:3001", "127.0.0.1:3002", "127.0.0.1:3003"],
	"suspect": [], "silent": [], "faulty": [], "left": []
}`

func TestJSON(t *testing.T) {
	cluster := split()
	cluster.Nodes = append(cluster.Nodes, failed("127.0.0.1:3004", "connection refused"))
	tests := []struct {
		name string
		form any
		want string
	}{
		{"partitions", NewPartitionsJSON(cluster, look), `{
			"time": "2026-03-01T10:37:04.878123456Z",
			"verdict": ` + splitVerdict + `,
			"partitions": [
				{"checksum": 400620880, "nodes": ["127.0.0.1:3002", "127.0.0.1:3003"], "sampleHost": "127.0.0.1:3002",
				 "alive": 2, "suspect": 0, "faulty": 2, "leave": 0, "tombstone": 0},
				{"checksum": 3283514511, "nodes": ["127.0.0.1:3000", "127.0.0.1:3001"], "sampleHost": "127.0.0.1:3000",
				 "alive": 2, "suspect": 0, "faulty": 2, "leave": 0, "tombstone": 0}
			],
			"failed": [{"address": "127.0.0.1:3004", "error": "connection refused", "heldDown": false}]
		}`},
		{"comparison", NewComparisonJSON(cluster), `{
			"verdict": ` + splitVerdict + `,
			"partitions": [
				{"name": "P1", "checksum": 400620880, "nodes": ["127.0.0.1:3002", "127.0.0.1:3003"]},
				{"name": "P2", "checksum": 3283514511, "nodes": ["127.0.0.1:3000", "127.0.0.1:3001"]}
			],
			"members": [
				{"address": "127.0.0.1:3000", "status": {"P1": "faulty", "P2": "alive"}},
				{"address": "127.0.0.1:3001", "status": {"P1": "faulty", "P2": "alive"}},
				{"address": "127.0.0.1:3002", "status": {"P1": "alive", "P2": "faulty"}},
				{"address": "127.0.0.1:3003", "status": {"P1": "alive", "P2": "faulty"}}
			],
			"failed": [{"address": "127.0.0.1:3004", "error": "connection refused", "heldDown": false}]
		}`},
		{"checksums", NewChecksumsJSON(&admin.Cluster{Nodes: cluster.Nodes[3:]}), `{
			"nodes": [{"address": "127.0.0.1:3003", "checksum": 400620880}],
			"failed": [{"address": "127.0.0.1:3004", "error": "connection refused", "heldDown": false}]
		}`},
		{"members", NewMembersJSON(cluster, admin.VerdictOf(cluster)), `{
			"verdict": ` + splitVerdict + `,
			"members": [
				{"address": "127.0.0.1:3000", "status": "alive", "incarnationNumber": 1},
				{"address": "127.0.0.1:3001", "status": "alive", "incarnationNumber": 1},
				{"address": "127.0.0.1:3002", "status": "faulty", "incarnationNumber": 1},
				{"address": "127.0.0.1:3003", "status": "faulty", "incarnationNumber": 1}
			],
			"evicted": [],
			"failed": [{"address": "127.0.0.1:3004", "error": "connection refused", "heldDown": false}]
		}`},
		{"hosts", NewHostsJSON(split(), admin.VerdictOf(split())), `{"verdict": ` + splitVerdict + `, "hosts": ["127.0.0.1"], "failed": []}`},
		{"opinions", NewOpinionsJSON(&admin.Cluster{Nodes: cluster.Nodes[3:]}, "127.0.0.1:3000"), `{
			"address": "127.0.0.1:3000",
			"opinions": [{"node": "127.0.0.1:3003", "member": {"address": "127.0.0.1:3000", "status": "faulty", "incarnationNumber": 1}}],
			"evicted": false,
			"failed": [{"address": "127.0.0.1:3004", "error": "connection refused", "heldDown": false}]
		}`},
		{"differences", NewDifferencesJSON(OfNodeJSON{"127.0.0.1:3000", 1}, OfNodeJSON{"127.0.0.1:3001", 2},
			[]admin.Difference{{Address: "127.0.0.1:3002", A: &cluster.Nodes[0].Stats.Membership.Members[2]}}), `{
			"a": {"address": "127.0.0.1:3000", "checksum": 1},
			"b": {"address": "127.0.0.1:3001", "checksum": 2},
			"differences": [{
				"address": "127.0.0.1:3002",
				"a": {"address": "127.0.0.1:3002", "status": "faulty", "incarnationNumber": 1},
				"b": null
			}]
		}`},
		{"no differences", NewDifferencesJSON(OfNodeJSON{}, OfNodeJSON{}, nil),
			`{"a": {"address": "", "checksum": 0}, "b": {"address": "", "checksum": 0}, "differences": []}`},
		{"collisions", NewCollisionsJSON(wire.FlavourNode, []admin.Collision{{
			Hash:  7,
			One:   admin.ReplicaPoint{Hash: 7, Address: "127.0.0.1:30001", Replica: 0},
			Other: admin.ReplicaPoint{Hash: 7, Address: "127.0.0.1:3000", Replica: 10},
		}}), `{"flavour": "node", "collisions": [{"hash": 7, "address": "127.0.0.1:30001", "replica": 0,
			"collidesWith": "127.0.0.1:3000", "collidesWithReplica": 10}]}`},
		{"record", NewRecordJSON(&admin.Cluster{Nodes: cluster.Nodes[4:]}, look), `{
			"timestamp": 1772361424878, "clusters": {},
			"failed": [{"address": "127.0.0.1:3004", "error": "connection refused", "heldDown": false}]
		}`},
		{"nothing", NewPartitionsJSON(&admin.Cluster{}, look),
			`{"time": "2026-03-01T10:37:04.878123456Z", "verdict": {"condition": "unknown", "sides": [], "views": 0,
			"up": [], "suspect": [], "silent": [], "faulty": [], "left": []}, "partitions": [], "failed": []}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data, err := json.Marshal(test.form)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(decoded(t, test.want), decoded(t, string(data))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
