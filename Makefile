# Two commands do all there is to do: `make run` and `make test`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Where Go's own installer puts it, for shells that were not told.
export PATH := $(PATH):/usr/local/go/bin

# What is said on the command line reaches the program, so its settings go there:
# `make run HOST=0.0.0.0 BASE_URL=http://192.0.2.7:8000`.
FUZZTIME ?= 30s
BENCH    ?=
CORPUS   ?=

GOLANGCI := go tool -modfile=lint.mod golangci-lint
TEMPL    := go tool -modfile=tools.mod templ
SQLC     := go tool -modfile=tools.mod sqlc

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)

# A database that is already there needs no server here.
POSTGRES := $(if $(DATABASE_URL)$(DATABASE_URL_FILE),,postgres)

ASSETS := static/vendor/.stamp

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: build ## Build the program and start it (HOST, PORT, BASE_URL, DATA_DIR)
	@scripts/need.sh $(POSTGRES)
	@exec bin/qrgen serve

.PHONY: build
build: $(ASSETS) ## Build bin/qrgen
	@scripts/need.sh go
	@CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-X main.version=$(VERSION)' -o bin/qrgen ./cmd/qrgen

.PHONY: test
test: $(ASSETS) ## Run every test: race detector, browser, coverage
	@scripts/need.sh go cc postgres npm-postgres browser decoders
	@scripts/test.sh

.PHONY: test-edge
test-edge: $(ASSETS) ## Test the edge: the real Traefik before two replicas (builds Traefik once)
	@scripts/need.sh go cc postgres
	@export TRAEFIK_BIN="$$(scripts/traefik.sh)"; go test -race -shuffle=on -timeout 10m ./e2e/edge

.PHONY: test-monitoring
test-monitoring: $(ASSETS) ## Test the monitoring with the real Prometheus, exporters and alert manager
	@scripts/need.sh go postgres monitoring
	@TRAEFIK_BIN="$$(scripts/traefik.sh)" scripts/monitoring.sh

.PHONY: check
check: $(ASSETS) ## Check all that can be checked without running it
	@scripts/need.sh go cc
	@scripts/tree.sh
	@if command -v shellcheck >/dev/null; then shellcheck scripts/*.sh traefik/*.sh monitoring/*/*.sh .ci/run; else echo 'check: no shellcheck here, the scripts go unchecked'; fi
	@$(TEMPL) generate -check -log-level warn
	@$(SQLC) diff
	@go mod tidy -diff
	@go vet ./...
	@cd tools/compose && go mod tidy -diff && go vet ./... && go test ./...
	@$(MAKE) lint

.PHONY: env
env: ## Write .env with passwords of its own making (PUBLIC_HOST, ACME_EMAIL)
	@scripts/env.sh

.PHONY: up
up: env ## Start or update the whole stack in Docker, in production
	@VERSION='$(VERSION)' scripts/up.sh

COMPOSE_DEV := docker compose -f docker-compose.yml -f docker-compose.dev.yml

.PHONY: dev
dev: ## Start it in Docker with hot reload, on https://localhost
	@DEV_UID=$$(id -u) DEV_GID=$$(id -g) $(COMPOSE_DEV) up --build

.PHONY: logs
logs: ## Follow the logs of what runs in Docker
	@docker compose logs --follow --tail=100

.PHONY: down
down: ## Stop what runs in Docker; its data stays
	@docker compose down

.PHONY: test-compose
test-compose: ## Bring the stack up in Docker and go through it, where there is an engine
	@scripts/test-compose.sh

.PHONY: test-repro
test-repro: $(ASSETS) ## Build the program twice, in two folders: the same bytes
	@scripts/test-repro.sh

.PHONY: generate
generate: ## Write what is generated: templ, sqlc, dashboards
	@scripts/need.sh go
	@$(TEMPL) generate -log-level warn
	@$(SQLC) generate
	@go run ./monitoring/dashboards monitoring/grafana/dashboards

.PHONY: assets
assets: $(ASSETS) ## Fetch the browser's files into static/vendor

$(ASSETS): node_modules/.stamp scripts/assets.mjs $(wildcard views/*.templ)
	@node scripts/assets.mjs
	@touch $@

# PostgreSQL's npm package is optional, and scripts/need.sh fetches it where
# there is no other.
node_modules/.stamp: package.json package-lock.json .npmrc
	@scripts/need.sh node
	@npm ci --ignore-scripts --include=dev --omit=optional --loglevel=error --no-update-notifier
	@touch $@

.PHONY: lint
lint: $(ASSETS) ## Run the linters (.golangci.yml)
	@$(GOLANGCI) run ./...

.PHONY: fmt
fmt: ## Format the code
	@$(GOLANGCI) fmt ./...
	@$(TEMPL) fmt -log-level warn views

.PHONY: bench
bench: build ## Measure everything, and write bench/RESULTS.md (BENCH='-rounds 1')
	@scripts/need.sh postgres load
	@go run ./bench/run $(BENCH)

.PHONY: bench-redirect
bench-redirect: build ## Measure redirects and the storing of scans alone
	@scripts/need.sh postgres load
	@go run ./bench/run -only redirect,store,size $(BENCH)

.PHONY: pgo
pgo: build ## Profile the redirect under load for the compiler: cmd/qrgen/default.pgo
	@scripts/need.sh postgres load
	@go run ./bench/run -pgo cmd/qrgen/default.pgo -duration 20s

.PHONY: corpus
corpus: $(ASSETS) ## Have 20,000 files read by three decoders; writes docs/corpus.md (CORPUS='-files 500')
	@scripts/need.sh go node decoders
	@mkdir -p bin
	@go run ./bench/corpus $(CORPUS)

.PHONY: cover
cover: test ## Show the coverage line by line: bin/coverage.html
	@mkdir -p bin
	@go tool cover -html coverage.out -o bin/coverage.html
	@echo bin/coverage.html

.PHONY: fuzz
fuzz: $(ASSETS) ## Run every fuzz target for FUZZTIME (30s)
	@FUZZTIME='$(FUZZTIME)' scripts/fuzz.sh

.PHONY: clean
clean: ## Remove what make made, but not data/
	@rm -rf bin coverage.out node_modules
	@find static/vendor -mindepth 1 ! -name .gitkeep -delete
