# Two commands matter: `make run` and `make test`. Everything else is a part of them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

CARGO ?= cargo
NPM ?= npm
LISTEN ?= 127.0.0.1:8080
STORE ?= ./qianhai-data
BIN := $(CURDIR)/target/debug/qianhai
RELEASE := $(CURDIR)/target/release/qianhai

.PHONY: run test tidy generate rust-tests web-tests system-tests browser-tests tools golden fuzz bench clean

## Serves the portal on http://$(LISTEN), with an invented city on first start.
# Release: people will click through it, and names, hashes and JSON are several times quicker than in a debug build.
run: web/dist/index.html
	$(CARGO) build --release --locked -p server
	$(RELEASE) serve --store $(STORE) --listen $(LISTEN)

## Installs what the tests need, and runs all of them; quick ones first.
test: tools web/dist/index.html tidy rust-tests web-tests system-tests browser-tests
	@echo "all tests passed"

tools:
	scripts/tools.sh

tidy: $(BIN)
	$(CARGO) run --locked -q -p xtask -- tidy

generate: $(BIN)
	$(CARGO) run --locked -q -p xtask -- generate

# One debug build serves tidy, the system tests and the browser.
$(BIN): .FORCE
	$(CARGO) build --locked -p server -p xtask

.FORCE:

rust-tests: $(BIN)
	scripts/rust-tests.sh units

system-tests: $(BIN)
	QIANHAI_BIN=$(BIN) scripts/rust-tests.sh system

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && $(NPM) ci --no-audit --no-fund
	touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/index.html -type f 2>/dev/null)
	cd web && $(NPM) run build
	touch $@

web-tests: web/node_modules/.package-lock.json
	cd web && $(NPM) run check && $(NPM) test

browser-tests: web/dist/index.html $(BIN)
	cd web && QIANHAI_BIN=$(BIN) $(NPM) run test:browser

## Adds examples of events that have none in tests/golden: from each story, and from everything that the system tests play.
golden: $(BIN)
	$(CARGO) run --locked -q -p xtask -- golden
	QIANHAI_GOLDEN=$(CURDIR)/tests/golden QIANHAI_BIN=$(BIN) $(CARGO) nextest run --locked --workspace --no-fail-fast \
	  -E 'package(system-tests) and test(/^golden::/)'

## Throws generated requests at the program for FUZZ_SECONDS (180): no 500, nothing that the OpenAPI document does not tell.
fuzz: $(BIN)
	QIANHAI_BIN=$(BIN) scripts/fuzz.sh

## Measures the house beside its peers; results go to bench/RESULTS.md.
bench:
	$(CARGO) build --release --locked -p server
	$(RELEASE) bench journal --write
	$(RELEASE) bench registration --write
	$(RELEASE) bench names --postgres --write

clean:
	$(CARGO) clean
	rm -rf web/dist web/node_modules
