# make help lists the targets.

GO ?= go
BIN := bin
MODULES := . integration bench

.PHONY: help build demo test check race interop conformance sim mixed splits bench fuzz clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: ## build the programs into bin/
	@mkdir -p $(BIN)
	$(GO) build -o $(BIN)/ ./node/testpop ./tick-cluster ./admin/ringpop-admin ./tools/make_partition

demo: build ## start a local cluster, show it, and say how to break it
	@sh tools/demo.sh $(BIN)

test: check race interop ## run everything that CI runs

check: ## formatting, vet and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted (run gofmt -w):"; echo "$$unformatted"; exit 1; fi
	@for m in $(MODULES); do echo "vet, staticcheck: $$m"; \
		(cd $$m && $(GO) vet ./... && $(GO) tool staticcheck ./...) || exit 1; done
	GOOS=darwin $(GO) vet ./...

race: ## the tests of the main module, under the race detector
	@sh tools/install-test-tools.sh
	$(GO) test -race -timeout 20m ./...

interop: ## the tests with ringpop-go's own node and with ringpop-node, and the vectors
	cd integration && RINGMEND_MIXED_FOR=20s $(GO) test -timeout 30m ./...
	@cd bench && out=$$($(GO) test -bench . -benchtime 1x ./...) || { echo "$$out"; exit 1; }; echo "$$out" | tail -1

conformance: build ## the vectors, all sizes, against ringmend, ringpop-go and ringpop-node
	$(GO) run ./integration/run --program $(BIN)/testpop --known ours
	cd integration && $(GO) build -o ../$(BIN)/testpop-ringpop-go github.com/uber/ringpop-go/scripts/testpop
	$(GO) run ./integration/run --program $(BIN)/testpop-ringpop-go --known ringpop-go
	main=$$($(GO) run ./integration/ringpopnode/install) && \
		$(GO) run ./integration/run --program "$$main" --interpreter node --flavour node --known ringpop-node

SIM_RUNS ?= 2000
sim: ## SIM_RUNS (2000) random histories of whole clusters on a virtual clock
	$(GO) run ./sim/ringsim --scenario random --nodes 5-50 --runs $(SIM_RUNS)

MIXED_FOR ?= 5m
mixed: ## clusters of ringmend with ringpop-go and ringpop-node in trouble, for MIXED_FOR (5m) each
	cd integration && RINGMEND_MIXED_FOR=$(MIXED_FOR) $(GO) test -run Storms -v -timeout 60m .

splits: ## how long real splits take to heal, ours and ringpop-go's (root; some 30 minutes)
	$(GO) run ./integration/splits --nodes 4 --runs 3 --programs ours,alternate,halves,ringpop-go
	$(GO) run ./integration/splits --nodes 10 --runs 3 --programs ours,halves,ringpop-go
	$(GO) run ./integration/splits --nodes 40 --runs 3 --programs ours

bench: ## the benchmarks, those beside ringpop-go included
	$(GO) test -run '^$$' -bench . ./node ./node/wire ./node/ring ./node/tchan
	cd bench && $(GO) test -run '^$$' -bench . ./...

FUZZTIME ?= 30s
fuzz: ## every fuzz target for FUZZTIME (30s)
	@for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$p || exit 1; done; done

clean: ## remove what was built
	rm -rf $(BIN)
