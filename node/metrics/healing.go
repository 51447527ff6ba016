package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringmend/ringmend/node/wire"
)

// The metrics of healing are the node's own figures, [wire.HealStats].
var (
	suspected      = describe("heal_partition_suspected", "1 while this node suspects that the cluster is split.")
	probeInterval  = describe("heal_probe_interval_seconds", "The time between two probes of this side as a whole; 0 when the node heals on demand only.")
	suspicions     = describe("heal_partitions_suspected_total", "Times that a partition was suspected.")
	healed         = describe("heal_partitions_healed_total", "Times that no member was missing any more after a partition was suspected.")
	deadHeard      = describe("heal_dead_members_heard_total", "Requests from members that were held faulty.")
	probes         = describe("heal_probes_total", "Nodes that may be on another side and were asked for their membership.")
	probeFailures  = describe("heal_probe_failures_total", "Probes that failed, by reason.", "reason")
	reached        = describe("heal_reached_total", "Probes that were answered.")
	rounds         = describe("heal_reincarnations_total", "Rounds in which members were asked to reincarnate.")
	roundFailures  = describe("heal_reincarnation_failures_total", "Rounds of reincarnation that the other side did not take, by reason.", "reason")
	reincarnated   = describe("heal_reincarnated_members_total", "Members that were asked to reincarnate, by the side they are on.", "side")
	merges         = describe("heal_merges_total", "Merges by this node that both sides took.")
	mergeFailures  = describe("heal_merge_failures_total", "Merges that the other side did not take, by reason.", "reason")
	healBytes      = describe("heal_bytes_total", "Bytes of the bodies of the healer's calls that were answered, by message and direction.", "message", "direction")
	toMerge        = describe("heal_suspected_to_merge_seconds", "From the suspicion of a partition to a merge by this node.")
	toWhole        = describe("heal_suspected_to_whole_seconds", "From the suspicion of a partition to its end.")
	backToWhole    = describe("heal_back_to_whole_seconds", "From the first sign of another side to the end of the partition.")
	probeToMerge   = describe("heal_probe_to_merge_seconds", "From the first visit of a target to the merge with it.")
	theirMembers   = describe("heal_reached_members", "Sizes of the memberships of nodes that were reached.")
	inReincarnated = describe("heal_reincarnation_members", "Members in a round of reincarnation, both sides together.")
)

func collectHealing(s *wire.HealStats, to chan<- prometheus.Metric) {
	count := func(desc *prometheus.Desc, n uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
	}
	byReason := func(desc *prometheus.Desc, counts map[wire.Reason]uint64) {
		for _, reason := range wire.Reasons() {
			count(desc, counts[reason], string(reason))
		}
	}
	gauge(to, suspected, one(s.Now.Suspected))
	gauge(to, probeInterval, s.Now.AttemptSeconds)
	count(suspicions, s.Suspected)
	count(healed, s.Whole)
	count(deadHeard, s.Found)
	count(probes, s.Attempts)
	byReason(probeFailures, s.AttemptsFailed)
	count(reached, s.Reached)
	count(rounds, s.Reincarnations)
	byReason(roundFailures, s.ReincarnationsFailed)
	count(reincarnated, s.MembersOurs, "ours")
	count(reincarnated, s.MembersTheirs, "theirs")
	count(merges, s.Merges)
	byReason(mergeFailures, s.MergesFailed)
	count(healBytes, s.Bytes.JoinsOut, "join", "out")
	count(healBytes, s.Bytes.JoinsIn, "join", "in")
	count(healBytes, s.Bytes.PingsOut, "ping", "out")
	count(healBytes, s.Bytes.PingsIn, "ping", "in")
	histogram(to, toMerge, s.SuspectedToMerge)
	histogram(to, toWhole, s.SuspectedToWhole)
	histogram(to, backToWhole, s.BackToWhole)
	histogram(to, probeToMerge, s.AttemptToMerge)
	histogram(to, theirMembers, s.TheirMembers)
	histogram(to, inReincarnated, s.Reincarnating)
}

func histogram(to chan<- prometheus.Metric, desc *prometheus.Desc, h wire.Histogram) {
	buckets := make(map[float64]uint64, len(h.Buckets))
	for _, b := range h.Buckets {
		buckets[b.UpTo] = b.Count
	}
	to <- prometheus.MustNewConstHistogram(desc, h.Count, h.Sum, buckets)
}
