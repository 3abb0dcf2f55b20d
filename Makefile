# What a newcomer types. Each target installs the system packages that it needs where it may, else says which.

SWIFT ?= swift
LAB = Tests/Lab/lab
# The majors that `make lab` adds to the machine's own.
LAB_MAJORS ?= 13 16 17 18 19

# What `make demo` shows: the failover of README.
DEMO = examples/shop

# Release builds have the runtime of Swift linked in, so that they run where there is none.
RELEASE = -c release --static-swift-stdlib

# What `make tsan` runs: everything that reads WAL with several threads.
TSAN_TESTS = WALWalkTests|WALActivityTests|ChangingFilesTests|AnyNumberOfWorkersTests

# Where `make install` puts things, by the GNU conventions; DESTDIR goes before all of them.
prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
docdir ?= $(datadir)/doc/slotscope
unitdir ?= $(prefix)/lib/systemd/system
export DESTDIR bindir datadir mandir docdir unitdir

.PHONY: benchmark fuzz tsan help demo build test test-fresh test-arm64 test-failovers test-live test-ha test-debezium lint format lab release install uninstall deb test-deb

help:
	@echo "make demo       inspects, audits and plans for the failover of README, whose directories are in Fixtures/"
	@echo "make build      the debug build"
	@echo "make test       all tests; those with real servers run on every PostgreSQL found on the machine"
	@echo "make test-fresh  both of them in a Debian root of its own that has Swift and nothing else (root)"
	@echo "make test-live  only those with real servers"
	@echo "make test-arm64 the checksums of arm64, by a cross compiler and qemu"
	@echo "make test-failovers  20 random failovers for each plan and version, scripts cut off, unfit servers"
	@echo "make test-ha    the gate under real Patroni, etcd and repmgr, in a Debian root of its own (root)"
	@echo "make test-debezium  failovers of a real Debezium, which it downloads (Java 17), with what it stored; KINDS, MAJORS for some"
	@echo "make lab        installs PostgreSQL $(LAB_MAJORS) for them, beside the machine's own (root)"
	@echo "make benchmark  measures reading WAL against pg_waldump of the machine's PostgreSQL"
	@echo "make install    a release build with manual pages and completions under $(prefix) (prefix=, DESTDIR=); make uninstall"
	@echo "make deb        a Debian package in .build/; make test-deb tries it in a Debian root of its own (root)"
	@echo "make fuzz       feeds every reader and command with damaged input, SECONDS=10 each, TARGETS=... for some"
	@echo "make tsan       the tests of the parallel walk under the thread sanitizer"
	@echo "make lint       checks the style of the code"
	@echo "make format     sets it right"

# The commands end with 1 or 2 where they find something, which is no failure of the demonstration.
demo:
	@.ci/packages build
	$(SWIFT) build --product slotscope
	@work=$$(mktemp -d) && trap 'rm -rf "$$work"' EXIT && \
	tar -xJf Fixtures/$(DEMO).tar.xz -C "$$work" && bin=$$($(SWIFT) build --show-bin-path) && cd "$$work"/* && \
	for line in "inspect db1" "audit --primary db1 --standby db2" "ledger --primary db1 --standby db2 --slot debezium" \
	  "plan --primary db1 --standby db2 --output-dir plan" "inspect restored"; do \
	  echo && echo "\$$ slotscope $$line" && { "$$bin/slotscope" $$line || [ $$? -le 2 ]; } || exit 1; \
	done

build:
	@.ci/packages build
	$(SWIFT) build

test:
	@.ci/packages test
	$(SWIFT) build --build-tests
	TMPDIR=$$(.ci/scratch) $(SWIFT) test --skip-build --skip Live
	$(SWIFT) test --skip-build --filter Live

# What a newcomer has: a bare Debian with Swift. Ends with 75 where no root can be made.
test-fresh:
	.ci/fresh

# The tests run on the machine's own processor; this part has code of its own for each.
test-arm64:
	@command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null || \
	  { echo "install gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user first" >&2; exit 1; }
	@work=$$(mktemp -d) && trap 'rm -rf "$$work"' EXIT && \
	aarch64-linux-gnu-gcc -O2 -Wall -Wextra -Werror -static -ISources/CChecksum -ISources/CChecksum/include \
	  -o "$$work/self_test" Tests/Checksum/self_test.c Sources/CChecksum/*.c && \
	qemu-aarch64 "$$work/self_test"

test-live:
	@.ci/packages test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --filter Live

# SLOTSCOPE_TRIALS is the number for each plan and version, SLOTSCOPE_SEED the first one's seed, as a trial prints it.
test-failovers:
	@.ci/packages test
	$(SWIFT) build --build-tests
	SLOTSCOPE_TRIALS=$${SLOTSCOPE_TRIALS:-20} $(SWIFT) test --skip-build \
	  --filter 'FailoverTrialsLive|PlanCutOffLive|PlanRefusalsLive'

# SCENARIOS=failover_slots for some.
test-ha:
	@.ci/packages build
	$(SWIFT) build --product slotscope
	Tests/HA/test-ha "$$($(SWIFT) build --show-bin-path)/slotscope" $(SCENARIOS)

test-debezium:
	@.ci/packages build
	$(SWIFT) build --product slotscope
	Tests/Debezium/test-debezium "$$($(SWIFT) build --show-bin-path)/slotscope" $(MAJORS)

lab:
	@.ci/packages test
	$(LAB) install $(LAB_MAJORS)
	$(LAB) list

lint:
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

format:
	$(SWIFT) format format --in-place --parallel --recursive Package.swift Sources Tests

benchmark:
	@.ci/packages benchmark
	$(SWIFT) build $(RELEASE)
	Tests/Benchmark/benchmark.sh

release:
	@.ci/packages build
	@echo "A release build takes some minutes." >&2
	$(SWIFT) build $(RELEASE) --product slotscope
	$(SWIFT) build $(RELEASE) --product slotscope-manual

install: release
	Sources/Packaging/install "$$($(SWIFT) build $(RELEASE) --show-bin-path)"

uninstall:
	Sources/Packaging/uninstall

deb: release
	Sources/Packaging/Debian/make-deb "$$($(SWIFT) build $(RELEASE) --show-bin-path)" .build

test-deb: deb
	Sources/Packaging/Debian/test-deb "$$(ls -t .build/slotscope_*.deb | head -1)" bookworm trixie

# Built for this alone, with libFuzzer and the address sanitizer; tests and fuzzing see the insides of the commands.
fuzz:
	@.ci/packages build
	SLOTSCOPE_FUZZ=$$(Tests/Fuzz/fuzz --library) $(SWIFT) build -c release --scratch-path .build/fuzz --product slotscope-fuzz --sanitize=address \
	  -Xswiftc -sanitize-coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table -Xswiftc -enable-testing
	SWIFT=$(SWIFT) SECONDS_EACH=$(or $(SECONDS),10) Tests/Fuzz/fuzz $(TARGETS)

tsan:
	@.ci/packages test
	$(SWIFT) build --build-tests --scratch-path .build/tsan --sanitize=thread
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/thread-sanitizer-suppressions \
	  $(SWIFT) test --skip-build --scratch-path .build/tsan --sanitize=thread --filter '$(TSAN_TESTS)'
