# What a newcomer types. Each target installs the system packages that it needs where it may, else says which.

SWIFT ?= swift
LAB = Tests/Lab/lab
# The majors that `make lab` adds to the machine's own.
LAB_MAJORS ?= 13 16 17 18 19

# What `make demo` looks at.
DEMO_FIXTURE = pg17-pair

.PHONY: help demo build test test-live lint format lab

help:
	@echo "make demo       looks at a primary and its standby from Fixtures/, and plans for the pair"
	@echo "make build      the debug build"
	@echo "make test       all tests; those with real servers run on every PostgreSQL found on the machine"
	@echo "make test-live  only those with real servers"
	@echo "make lab        installs PostgreSQL $(LAB_MAJORS) for them, beside the machine's own (root)"
	@echo "make lint       checks the style of the code"
	@echo "make format     sets it right"

# inspect ends with 1 or 2 where it finds something, which is no failure of the demonstration.
demo:
	@.ci/packages build
	$(SWIFT) build --product slotscope
	@work=$$(mktemp -d) && trap 'rm -rf "$$work"' EXIT && \
	tar -xJf Fixtures/$(DEMO_FIXTURE).tar.xz -C "$$work" && \
	pair="$$work/$(DEMO_FIXTURE)" && bin=$$($(SWIFT) build --show-bin-path) && \
	echo && echo '$$ slotscope inspect primary' && \
	{ "$$bin/slotscope" inspect "$$pair/primary" || [ $$? -le 2 ]; } && \
	echo && echo '$$ slotscope plan --primary primary --standby standby' && \
	"$$bin/slotscope" plan --primary "$$pair/primary" --standby "$$pair/standby"

build:
	@.ci/packages build
	$(SWIFT) build

test:
	@.ci/packages test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

test-live:
	@.ci/packages test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --filter Live

lab:
	@.ci/packages test
	$(LAB) install $(LAB_MAJORS)
	$(LAB) list

lint:
	swift format lint --strict --parallel --recursive Package.swift Sources Tests

format:
	swift format format --in-place --parallel --recursive Package.swift Sources Tests
