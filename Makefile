# The ways to work on tasktrail. "make" alone lists them.

GO    ?= go
TOOL  := $(GO) tool -modfile=tools/go.mod
GENERATED := graph/generated

# SQLite is C translated to Go, with locks of its own: the race detector finds
# nothing in it, and makes the tests take more than twice as long.
RACE := -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false

.DEFAULT_GOAL := help
.PHONY: help generate test fuzz soak check run bench

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

generate: ## write the GraphQL code in graph/generated anew from schema.graphqls
	$(TOOL) gqlgen generate

test: ## run all tests on SQLite and PostgreSQL, with the race detector
	scripts/setup.sh
	CGO_ENABLED=1 $(GO) test $(RACE) -timeout 15m ./...

fuzz: ## fuzz every parser, each for FUZZTIME (30s)
	scripts/fuzz.sh

soak: ## run the tests of the guarantees in their large sizes (hours) and print their figures
	scripts/soak.sh $(SOAK)

# The generated code is compared with what it was before, not with the last
# commit, so that a change can be checked before it is committed.
check: ## look for what tests do not: format, lint, stale generated code, changed modules
	@echo "gofumpt -d ."; diff=$$($(TOOL) gofumpt -d .) && test -z "$$diff" || { \
		printf '%s\n' "$$diff"; echo "not formatted: $(TOOL) gofumpt -w ." >&2; exit 1; }
	$(GO) vet ./...
	$(TOOL) golangci-lint run
	@old=$$(mktemp -d) && trap 'rm -rf "$$old"' EXIT && cp -R $(GENERATED)/. "$$old" && \
		$(MAKE) --no-print-directory generate && diff -ru "$$old" $(GENERATED) || { \
		echo "$(GENERATED) was not what the schema asks for; if it is now, commit it" >&2; exit 1; }
	$(GO) mod verify
	$(GO) mod verify -modfile=tools/go.mod

run: ## start the server on 127.0.0.1:8080 with demo data
	$(GO) run ./cmd/tasktrail serve --demo

bench: ## run the benchmarks
	scripts/setup.sh
	$(GO) test -run '^$$' -bench . -benchmem -timeout 30m ./...
