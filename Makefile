# What a newcomer needs: `make testnet` and `make test`. Everything else is for developers.

# Built files go outside the clone when such a folder is there, so that a second clone and a
# continuous-integration run find RocksDB compiled.
CACHE_TARGET := $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/corridor/target
ifeq ($(CARGO_TARGET_DIR),)
ifneq ($(wildcard $(CACHE_TARGET)),)
export CARGO_TARGET_DIR := $(CACHE_TARGET)
else
export CARGO_TARGET_DIR := $(CURDIR)/target
endif
endif

# RocksDB is compiled with a precompiled header, where that can be (tests/rocksdb-headers.sh).
CARGO = CCC_OVERRIDE_OPTIONS="$$(sh tests/rocksdb-headers.sh $(CARGO_TARGET_DIR))" cargo
# One profile for binaries and tests: RocksDB is compiled once.
PROFILE := --release
BINARY := $(CARGO_TARGET_DIR)/release/corridor
DIR ?= testnet
ARGS ?=

.PHONY: help setup build testnet demo trade test lint deny fmt bench sim twins wan copies bugs torture model ledger-model clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## Check or install what the build needs beyond Rust
	@sh tests/setup.sh

build: setup ## Build the binary `corridor`
	$(CARGO) build $(PROFILE) --locked -p corridor-node

testnet: build ## Four validators, a payment from a pacs.008 file, settled and verified; stays up until Ctrl-C
	$(BINARY) testnet --dir $(DIR) $(ARGS)

demo: build ## The same demonstration, then exit with its status
	$(BINARY) testnet --dir $(DIR) --once $(ARGS)

trade: build ## A story of some fifty steps on four validators, each with its receipt: pilot, licences, freeze, gridlock
	rm -rf $(DIR)-trade
	$(BINARY) demo trade --dir $(DIR)-trade $(ARGS)

test: setup ## All tests, and the examples in the documentation
	$(CARGO) nextest --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-nextest
	$(CARGO) nextest run $(PROFILE) --locked --workspace $(ARGS)
	$(CARGO) test $(PROFILE) --locked --workspace --doc

# Links to private items are no fault: the same run documents them.
lint: setup ## Formatting, lints and documentation, warnings are errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(PROFILE) --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" $(CARGO) doc $(PROFILE) --locked --workspace --no-deps --document-private-items

deny: ## Licences, sources and versions of all dependencies; with a network: make deny ARGS=advisories
	$(CARGO) deny --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-deny
	$(CARGO) deny --locked check $(or $(ARGS),licenses bans sources)

fmt: ## Format everything
	$(CARGO) fmt --all

SIM := $(CARGO) run $(PROFILE) --locked -p corridor-simulator --bin corridor-sim --

sim: setup ## Simulated runs with faults and liars: make sim SEEDS=0..999 ARGS="--validators 7"
	$(SIM) run --seeds $(or $(SEEDS),0..99) $(ARGS)

twins: setup ## Validators that run twice: make twins ARGS="--validators 7 --twins 2 --rounds 6"
	$(SIM) twins $(ARGS)

wan: setup ## Latency over links between world regions, simulated: make wan
	$(SIM) wan $(ARGS)

copies: setup ## Races of a data folder that was copied and started twice: make copies ARGS="--races 1000"
	$(SIM) copies $(ARGS)

bugs: setup ## Plants each known bug and shows which checker finds it, after how long
	RUSTFLAGS="--cfg corridor_planted" CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/planted $(SIM) bugs $(ARGS)

torture: setup ## Real processes killed, cut off and starved of disk, needs root: make torture MINUTES=10 SEED=1
	$(CARGO) test $(PROFILE) --locked --workspace --test torture -- run --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED)) $(ARGS)

model: setup ## The exhaustive model of the ordering protocol over more views: make model VIEWS=3
	CORRIDOR_MODEL_VIEWS=$(or $(VIEWS),3) $(CARGO) nextest run $(PROFILE) --locked -p corridor-consensus --run-ignored all model

docs-tables: setup ## Write the tables in docs/ that are derived from code
	CORRIDOR_WRITE_DOCS=1 $(CARGO) nextest run $(PROFILE) --locked -p corridor-types --test table_of_operations

ledger-model: setup ## A million random operations on the ledger beside a naive one: make ledger-model OPERATIONS=1000000
	CORRIDOR_MODEL_OPERATIONS=$(or $(OPERATIONS),1000000) $(CARGO) nextest run $(PROFILE) --locked -p corridor-ledger --run-ignored all model_campaign

bench: build ## Throughput and latency of the running local network, as JSON: make bench ARGS="--bulk 1000"
	$(BINARY) bench --dir $(DIR) --output json $(ARGS)

# Nothing outside the clone: built files in a shared folder serve other clones, and DIR may name any folder.
clean: ## Remove what was built in this clone, and its local networks
	rm -rf $(CURDIR)/target $(CURDIR)/testnet $(CURDIR)/testnet-trade
