# All logic is Go; a target is a line or two. make with no target prints this list.

GO ?= go
FUZZTIME ?= 5s

.PHONY: help check fmt lint test gen gen-check tidy-check record bench fuzz images postgres snapshot

help:
	@echo "make check   every check; .ci/run STEP ... runs some of them"
	@echo "make gen     write what follows from the Go structs and the questions: schemas, docs, checks, tables"
	@echo "make record  record the cassettes again (LIVE=1 with JUMPCLOUD_API_KEY: from a real organization, scrubbed; TAPE=name: only one)"
	@echo "make bench   run the benchmarks"
	@echo "make images  make the pictures of docs/images again, and look at them and at the HTML report in Chromium"
	@echo "make postgres  start a throw-away PostgreSQL for the tests, and say what to export"
	@echo "make fuzz    fuzz every target (FUZZTIME=1m for longer)"
	@echo "make snapshot  build what a release has from the last commit, look into it, and publish nothing"

check:
	.ci/run

fmt:
	.ci/run format

lint:
	.ci/run vet lint readable

test:
	.ci/run test

gen:
	$(GO) generate ./...

gen-check:
	.ci/run generated

tidy-check:
	.ci/run tidy

record:
	$(GO) run ./cassettes/record $(if $(LIVE),-live) $(if $(TAPE),-tape $(TAPE))

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

fuzz:
	FUZZTIME=$(FUZZTIME) .ci/run fuzz

images:
	$(GO) test ./cmd/jumpgraph -count=1 -run Images -update
	.ci/screens -images docs/images

postgres:
	.ci/postgres

snapshot:
	.ci/snapshot
