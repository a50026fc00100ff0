# custodock. Every target first installs what it needs and is missing (Debian);
# elsewhere it says what that is. See .ci/deps.

LINT_VERSION := v2.15.0
LINT := bin/tools/golangci-lint-$(LINT_VERSION)
VERSION = $(shell git describe --always --dirty 2>/dev/null || echo devel)
FUZZTIME ?= 10s
GO_DIRS := cmd configs deploy device e2e ingest store web

# Where Go's own tarball and Debian put what a login shell may not search.
export PATH := $(PATH):/usr/local/go/bin:/usr/sbin:/sbin
# Debian's Go may be older than go.mod asks for. With auto it fetches the right one.
export GOTOOLCHAIN ?= auto
# Go refuses to build where git refuses to look, as in somebody else's checkout.
export GOFLAGS := $(GOFLAGS) $(shell git status >/dev/null 2>&1 || echo -buildvcs=false)

.DEFAULT_GOAL := help
.PHONY: help deps build run demo test race fuzz lint e2e screenshots bench bench-mtp clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

deps: ## install what a build needs
	@.ci/deps build

build: deps ## build bin/custodock
	go build -trimpath -ldflags '-X main.stamp=$(VERSION)' -o bin/custodock ./cmd/custodock

run: build ## run a station with the default configuration under ./var
	@mkdir -p var/cameras
	@echo 'Dock a camera: copy its folder into var/cameras. Then: bin/custodock status --data-dir var/data'
	@CUSTODOCK_DATA_DIR=var/data CUSTODOCK_CAMERAS_ROOTS=var/cameras \
		bin/custodock run --config configs/custodock.yaml

demo: build ## run a station with simulated cameras; leaves nothing behind
	@bin/custodock demo

test: ## run the ordinary tests
	@.ci/deps build test
	go vet ./...
	go test ./...

race: ## run the ordinary tests under the race detector
	@.ci/deps build test
	go test -race ./...

fuzz: deps ## fuzz every parser for FUZZTIME (10s) each
	@grep -roE --include='*_test.go' '^func Fuzz\w+' $(GO_DIRS) | while IFS=: read -r file func; do \
		go test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 50x "./$$(dirname "$$file")" || exit 1; done

lint: $(LINT) ## check style, the import rules and the shell scripts
	@.ci/deps build lint
	$(LINT) run
	@if grep -rl --include='*_test.go' 'time\.Sleep' $(GO_DIRS) | xargs -r grep -L synctest | grep .; then \
		echo 'lint: time.Sleep in a test outside a synctest bubble: await an event'; exit 1; fi
	shellcheck .ci/run .ci/deps deploy/libexec/* e2e/vdock/guest/init e2e/vdock/guest/mounter e2e/vdock/guest/responder

$(LINT): | deps
	GOBIN=$(CURDIR)/bin/tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/tools/golangci-lint $@

e2e: ## kill and break the real program, and dock cameras to it in QEMU (as root: with real file systems)
	@.ci/deps build e2e
	go test -tags e2e -count=1 -timeout 30m -p 1 ./e2e/... # one after the other: QEMU takes both cores of a small machine

screenshots: ## make the pictures of the pages in docs/screens anew, with a real browser
	@.ci/deps build e2e
	@mkdir -p docs/screens
	go test -tags e2e -count=1 -run TestPictures -v ./e2e/screens -args -pictures $(CURDIR)/docs/screens

bench: build ## measure against cp, rsync and rclone, side by side
	@.ci/deps bench
	go run ./e2e/bench

bench-mtp: build ## measure MTP against libmtp, gphoto2, jmtpfs and go-mtpfs, in a virtual dock
	@.ci/deps e2e bench-mtp
	CGO_ENABLED=0 go build -o bin/vdock/agent ./e2e/vdock/agent
	go build -o bin/vdock/copier ./e2e/vdock/copier
	go run ./e2e/vdock/bench

clean: ## remove what was built; ./var is a station's data and stays
	rm -rf bin dist
