# All logic is Go; a target is a line or two. make with no target prints this list.

GO ?= go
FUZZTIME ?= 5s
LINT = $(GO) tool -modfile=tools/go.mod golangci-lint

.PHONY: help check fmt lint test gen gen-check tidy-check record bench fuzz

help:
	@echo "make check   what CI runs: formatting, vet, lint, tests, generated files, tidiness"
	@echo "make gen     write the schemas and docs/data-model.md from the Go structs"
	@echo "make record  record the cassettes again (LIVE=1 with JUMPCLOUD_API_KEY: from a real organization, scrubbed)"
	@echo "make bench   run the benchmarks"
	@echo "make fuzz    fuzz every target (FUZZTIME=1m for longer)"

check: fmt lint test fuzz gen-check tidy-check

fmt:
	$(LINT) fmt --diff ./...

lint:
	$(GO) vet ./...
	$(LINT) run ./...

test:
	$(GO) test -race -shuffle=on ./...

gen:
	$(GO) generate ./...

gen-check:
	$(GO) run -tags jumpgraph_gen ./internal/gen -check

tidy-check:
	$(GO) mod tidy -diff
	cd tools && $(GO) mod tidy -diff

record:
	$(GO) run ./cassettes/record $(if $(LIVE),-live) $(if $(TAPE),-tape $(TAPE))

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

fuzz:
	$(GO) run ./internal/fuzzall -time $(FUZZTIME)
