# make help lists the targets.

GO ?= go
BIN := bin
MODULES := . integration bench deploy lab lease/etcd examples/einstein otelringmend

.PHONY: help build demo test check race sim interop conformance stress soak soak-real hostile large heal-study detection detection-real \
	quiet-hours sim-vs-real decisions mixed splits guard-study guard-sim guard-mutants guard-temporal guard-cost compat compat-temporal \
	lab lab-etcd lab-resolver lab-einstein lab-ringpop screens bench bench-peers fuzz release clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: ## build the programs into bin/
	@mkdir -p $(BIN)
	CGO_ENABLED=0 $(GO) build -o $(BIN)/ ./node/testpop ./tick-cluster ./admin/ringpop-admin ./tools/make_partition ./guard/ringmend-guard

demo: build ## start a local cluster, show it, and say how to break it
	@sh tools/demo.sh $(BIN)

# The simulator needs the processors, the tests with other programs mostly wait.
test: check race ## run everything that CI runs
	@$(MAKE) --no-print-directory -j2 sim interop

check: ## formatting, vet, staticcheck, and whether each module builds without the others here
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted (run gofmt -w):"; echo "$$unformatted"; exit 1; fi
	@for m in $(MODULES); do echo "vet, staticcheck: $$m"; \
		(cd $$m && $(GO) vet ./... && $(GO) tool staticcheck ./... && GOWORK=off $(GO) list -deps ./... > /dev/null) || exit 1; done
	GOOS=darwin $(GO) vet ./...

race: ## the tests of the main module, under the race detector
	@sh tools/install-test-tools.sh
	$(GO) test -race -timeout 20m ./...

interop: ## the tests with ringpop-go's own node, with ringpop-node, with etcd and of the lab, and the vectors
	@sh tools/install-test-tools.sh
	cd integration && RINGMEND_MIXED_FOR=20s $(GO) test -count=1 -timeout 30m ./...
	$(MAKE) soak-real SOAK_NODES=8 SOAK_FOR=20s SOAK_REST=5s
	cd lease/etcd && $(GO) test -count=1 -timeout 10m ./...
	cd examples/einstein && $(GO) test -count=1 -timeout 10m ./...
	cd deploy && $(GO) test -count=1 -timeout 10m ./...
	cd otelringmend && $(GO) test -count=1 -timeout 10m ./...
	cd lab && $(GO) test -count=1 -timeout 20m ./...
	@for m in uber temporal; do (cd compat/$$m && GOWORK=off $(GO) vet ./... && GOWORK=off $(GO) test -count=1 -timeout 10m ./...) || exit 1; done
	@cd bench && out=$$($(GO) test -bench . -benchtime 1x ./...) || { echo "$$out"; exit 1; }; echo "$$out" | tail -1

conformance: build ## the vectors, all sizes, against ringmend, ringpop-go and ringpop-node
	$(GO) run ./integration/run --program $(BIN)/testpop --known ours
	$(GO) run ./integration/run --program $(BIN)/testpop --arg --rules=ringpop --known ours-ringpop
	cd integration && $(GO) build -o ../$(BIN)/testpop-ringpop-go github.com/uber/ringpop-go/scripts/testpop
	$(GO) run ./integration/run --program $(BIN)/testpop-ringpop-go --known ringpop-go
	main=$$($(GO) run ./integration/ringpopnode/install) && \
		$(GO) run ./integration/run --program "$$main" --interpreter node --flavour node --known ringpop-node

SIM_RUNS ?= 2000
sim: ## SIM_RUNS (2000) random histories of whole clusters and of resolvers each, a split of 1,000 nodes, and the kept scripts
	@mkdir -p $(BIN) && $(GO) build -o $(BIN)/ ./sim/ringsim
	nice $(BIN)/ringsim --scenario random --nodes 5-50 --runs $(SIM_RUNS)
	nice $(BIN)/ringsim --scenario resolver --nodes 3-12 --runs $(SIM_RUNS)
	nice $(BIN)/ringsim --scenario split --nodes 1000
	$(GO) test -run Scripts ./sim

RUNS ?= 50
PACKAGES ?= ./... ./integration/... ./bench/... ./lease/etcd/... ./examples/einstein/... ./otelringmend/...
TESTS ?= .
stress: ## the TESTS (.) of PACKAGES (all) RUNS (50) times on a busy machine, under the race detector, until one fails
	@sh tools/install-test-tools.sh
	sh tools/stress.sh $(RUNS) '$(TESTS)' $(PACKAGES)

SOAK_SEED ?= $(shell date +%s)
soak: ## random histories, and those of resolvers, 1,000 at a time, until one violates an invariant or you stop it
	@mkdir -p $(BIN) && $(GO) build -o $(BIN)/ ./sim/ringsim
	@seed=$(SOAK_SEED); while $(BIN)/ringsim --scenario random --nodes 5-50 --seed $$seed --runs 1000 && \
		$(BIN)/ringsim --scenario resolver --nodes 3-12 --seed $$seed --runs 1000; do seed=$$((seed + 1000)); done

SOAK_FOR ?= 10m
SOAK_NODES ?= 30
SOAK_REST ?= 20s
soak-real: ## SOAK_NODES (30) real nodes tormented for SOAK_FOR (10m): nothing grows, no member is missing
	@mkdir -p $(BIN) && $(GO) build -o $(BIN)/ ./node/testpop
	$(GO) run ./integration/soak --program $(BIN)/testpop --nodes $(SOAK_NODES) --for $(SOAK_FOR) --rest $(SOAK_REST)

hostile: ## what becomes of ringmend, ringpop-go and memberlist under hostile inputs: the table in docs/security.md (some 20 minutes)
	$(GO) run ./integration/hostile --results docs/figures/hostile.json --write docs/security.md

large: ## 10,000 simulated nodes that find each other, are split and heal (some 5 minutes, 7 GB)
	@mkdir -p $(BIN) && $(GO) build -o $(BIN)/ ./sim/ringsim
	nice $(BIN)/ringsim --script sim/testdata/large.txt

heal-study: ## how fast splits of all shapes heal in the simulator, ours and Ringpop's rules (some 20 minutes, 8 GB)
	@mkdir -p $(BIN)
	$(GO) run ./sim/healstudy --nodes 10000 --shapes halves --rules ringmend --runs 1 --json $(BIN)/huge.json
	$(GO) run ./sim/healstudy --nodes 1000 --runs 3 --json $(BIN)/large.json
	$(GO) run ./sim/healstudy --nodes 4,10,100 --runs 200,200,30 --with $(BIN)/huge.json,$(BIN)/large.json --markdown - --svg docs/figures/heal.svg

detection: ## how soon crashes are known to all in the simulator and how often others are accused, by four sets of rules (some 5 minutes)
	$(GO) run ./sim/detectstudy --svg docs/figures/detection.svg

detection-real: ## how often members are accused while others are stopped (SIGSTOP), 30 real nodes, ringpop-go's among them (some 20 minutes)
	$(GO) run ./integration/stopped --clusters adaptive,fixed,mixed-adaptive,mixed-fixed

quiet-hours: ## 10 hours of 1,000 simulated nodes, each hundredth message lost, and 400 silent for a moment: how many are held faulty (some 15 minutes)
	@mkdir -p $(BIN) && $(GO) build -o $(BIN)/ ./sim/ringsim
	nice $(BIN)/ringsim --script sim/testdata/quiet.txt --runs 20
	nice $(BIN)/ringsim --script sim/testdata/accused.txt --runs 10

sim-vs-real: ## the same histories of 10 and 40 nodes in real processes and in the simulator (root; some 15 minutes)
	$(GO) run ./integration/simreal

decisions: ## how soon splits are decided by resolvers in the simulator (some five minutes)
	RINGMEND_DECISION_TABLE=1 $(GO) test ./sim -run DecisionTable -v -count=1 -timeout 30m | grep '^|'

MIXED_FOR ?= 5m
mixed: ## clusters of ringmend with ringpop-go and ringpop-node in trouble, for MIXED_FOR (5m) each
	cd integration && RINGMEND_MIXED_FOR=$(MIXED_FOR) $(GO) test -run Storms -v -timeout 60m .

PROGRAMS := ours,alternate,halves,ringpop-go
splits: ## how long real splits take to heal, ours and ringpop-go's (root; some two hours)
	$(GO) run ./integration/splits --nodes 4 --runs 3 --programs $(PROGRAMS) --for 20s
	$(GO) run ./integration/splits --nodes 4 --runs 3 --programs $(PROGRAMS) --for 60s
	$(GO) run ./integration/splits --nodes 10 --runs 3 --programs $(PROGRAMS) --for 20s
	$(GO) run ./integration/splits --nodes 10 --runs 3 --programs $(PROGRAMS) --for 60s
	$(GO) run ./integration/splits --nodes 10 --runs 3 --programs one-in-ten --for 20s
	$(GO) run ./integration/splits --nodes 10 --runs 3 --programs one-in-ten --for 60s
	$(GO) run ./integration/splits --nodes 40 --runs 3 --programs ours --for 20s
	$(GO) run ./integration/splits --nodes 40 --runs 3 --programs ours --for 60s
	$(GO) run ./integration/splits --nodes 40 --runs 1 --programs alternate,halves,ringpop-go --for 60s
	$(GO) run ./integration/splits --nodes 40 --runs 3 --programs alternate,halves --for 60s --kinds drop
	$(GO) run ./integration/splits --nodes 4 --runs 1 --programs ours --for 15m --dials-after 10m --kinds reset
	$(GO) run ./integration/splits --nodes 10 --runs 1 --programs ours,ringpop-go --for 15m --dials-after 10m --kinds reset

guard-study: ## how fast cut rings of stock programs are one again with ringmend-guard beside them, and without (root; some 40 minutes)
	$(GO) run ./integration/guardlive/study --without --runs 3

guard-sim: ## guards in 1,000 random simulated histories, one, two and three of them, and alone (some 15 minutes)
	SIM_SEEDS=1000 $(GO) test -count=1 -timeout 2h -v ./guard/guardsim

guard-mutants: ## takes away the checks of ringmend-guard's plan, one at a time: which invariant of the histories notices (some 5 minutes)
	$(GO) run ./guard/guardsim/mutants

guard-temporal: ## a stock Temporal cluster, cut under load, without ringmend-guard and with it (root; a quarter of an hour, and as much to build)
	$(GO) run ./integration/guardtemporal --runs 3

guard-cost: ## what ringmend-guard costs, and the nodes that it watches, at 10, 100 and 1,000 members (some 4 minutes)
	$(GO) run ./integration/guardcost

RUNS_OF_SUITES ?= 1
RACE ?=
STOCK ?=
compat: ## Temporal's and Cadence's own tests of membership on ringmend, RUNS_OF_SUITES (1) times, RACE=1 STOCK=1 (fetches and builds both)
	RUNS=$(RUNS_OF_SUITES) RACE=$(RACE) STOCK=$(STOCK) compat/suites.sh

compat-temporal: ## real Temporal clusters on stock, on ringmend and on both, in trouble, side by side (root; half an hour, and as much to build)
	$(GO) run ./integration/compattemporal

screens: ## draw the pictures of the screens in docs/screens from a real cluster (root)
	$(GO) run ./integration/adminlive/screens --out docs/screens

LAB_PARALLEL ?= 1
LAB_MATRIX = @set -e; mkdir -p $(BIN); $(GO) build -o $(BIN)/ ./lab; lab() { $(BIN)/lab matrix lab/matrices/$$1.txt --result-location results/$$1 --parallel $(LAB_PARALLEL); }; for m in
LAB_COMPARE = $(BIN)/lab compare --title
lab: lab-etcd lab-resolver lab-einstein lab-ringpop ## what faults do to etcd, ringmend, ringpop-go and einstein, measured, LAB_PARALLEL (1) runs at a time (root; some 4 hours in all, can be stopped and goes on; also lab-etcd, lab-resolver, lab-einstein, lab-ringpop)

lab-etcd:
	$(LAB_MATRIX) etcd etcd-five etcd-built stale; do lab $$m; done
	$(LAB_COMPARE) 'etcd without and with PreVote' results/etcd results/etcd-five results/etcd-built --svg docs/figures/lab-etcd.svg > docs/figures/lab-etcd.md

lab-resolver:
	$(LAB_MATRIX) resolver resolver-none; do lab $$m; done
	$(LAB_COMPARE) 'ringmend with its resolver and without' results/resolver results/resolver-none --svg docs/figures/lab-resolver.svg > docs/figures/lab-resolver.md

lab-einstein:
	$(LAB_MATRIX) einstein einstein-etcd; do lab $$m; done
	$(LAB_COMPARE) 'einstein, by what becomes of the names of nodes that are not reached' results/einstein results/einstein-etcd \
		--svg docs/figures/lab-einstein.svg > docs/figures/lab-einstein.md

lab-ringpop:
	$(LAB_MATRIX) ringpop-reset ringpop; do lab $$m; done
	$(LAB_COMPARE) 'ringmend beside ringpop-go' results/ringpop results/ringpop-reset --svg docs/figures/lab-ringpop.svg \
		--svg-metrics docs/figures/lab-ringpop-metrics.svg --metrics 'last detected,one checksum after,two owners,false positives' > docs/figures/lab-ringpop.md

bench: ## the benchmarks, those beside ringpop-go included
	$(GO) test -run '^$$' -bench . ./node ./node/wire ./node/ring ./node/tchan ./sim ./admin/ringpop-admin
	cd bench && $(GO) test -run '^$$' -bench . ./...

PEERS_ARGS ?=
bench-peers: ## whole clusters beside ringpop-go and memberlist, into docs/performance.md (some 50 minutes; PEERS_ARGS='--rest 6s --limit 25s': 34)
	$(GO) run ./bench/peers --json docs/figures/peers.json --svg docs/figures/peers.svg --page docs/performance.md $(PEERS_ARGS)

FUZZTIME ?= 30s
fuzz: ## every fuzz target for FUZZTIME (30s)
	@for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$p || exit 1; done; done

release: ## archives, Debian packages, checksums and lists of parts into dist/, without a network
	$(GO) run ./tools/release --out dist

clean: ## remove what was built
	rm -rf $(BIN) dist
