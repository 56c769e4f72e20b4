# Every target does everything that it needs on a fresh Debian 12, as root or with sudo.
#   make build     the programs, as they are shipped        make test      everything that can fail
#   make demo      the main job on this machine             make install   DESTDIR= PREFIX=/usr/local
#   make demo-cluster   the main job on a real Kubernetes
#   make package   archive and .deb below dist/             make bench     the speed claims
#   make bench-splitter   the splitter beside HAProxy and nginx
#   make fuzz      FUZZ_SECONDS=300 for each parser         make format    make tidy    make house
#   make splitter-soak  SOAK_REQUESTS=3000000 through changes and hot restarts, SOAK_KILLS=200 of the process that works
#   make cluster-soak   every story on the cluster SOAK_RUNS=20 times, on SOAK_BEDS=3 beds
#   make mutants        whether the judge's tests notice each rule that is made wrong
#   make judge-soak     rollouts that the sequential judge decides, JUDGE_RUNS=30 times
.SUFFIXES:
.DEFAULT_GOAL := build
SHELL := /bin/bash

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 300
SOAK_RUNS ?= 20
SOAK_BEDS ?= 3
SOAK_REQUESTS ?= 3000000
SOAK_KILLS ?= 200
SOURCES = $(shell git ls-files '*.cc' '*.h')

# Configures once; afterwards ninja itself notices what changed.
define build_preset
	@test -f build/$(1)/build.ninja || cmake --preset $(1) >/dev/null
	cmake --build build/$(1) -j $(JOBS) $(2)
endef

.PHONY: setup
setup:
	@tools/setup.sh

.PHONY: build
build: setup
	$(call build_preset,release)

.PHONY: build-dev
build-dev: setup
	$(call build_preset,dev,--target all all_verify_interface_header_sets)

# The last lines are ctest's own and pytest's own: what they say is the result. The cluster tests
# drive the program as it is shipped.
.PHONY: test
test: build-dev check-hardening
	ctest --preset dev -j $(JOBS)
	KAI_CANARY_BIN=$(CURDIR)/build/release/bin/kai-canary tools/cluster_tests.sh

# Writes down what people see now, where a test compares it with a file: look at the diff.
.PHONY: golden
golden: build-dev
	KAI_WRITE_GOLDEN=1 ctest --preset dev -R '^kai_app'

.PHONY: check-hardening
check-hardening: setup
	$(call build_preset,release,--target kai-canary kai-splitter)
	python3 tools/check_elf.py build/release/bin/kai-canary
	python3 tools/check_elf.py build/release/bin/kai-splitter

.PHONY: test-asan
test-asan: setup
	$(call build_preset,asan)
	ctest --preset asan -j $(JOBS) -LE sources

.PHONY: test-tsan
test-tsan: setup
	$(call build_preset,tsan,--target race_tests)
	ctest --preset tsan -j $(JOBS) -L races

.PHONY: demo
demo: build
	@KAI_BUILD_DIR=$(CURDIR)/build/release python3 tests/local/demo.py

.PHONY: demo-cluster
demo-cluster: build
	@reason=$$(tools/go_version.sh) || { echo "demo-cluster: $$reason" >&2; exit 1; }; \
	export PATH=$$PATH:/usr/local/go/bin KAI_BUILD_DIR=$(CURDIR)/build/release; \
	tests/cluster/bed/install_tools.sh && python3 tests/cluster/demo.py

# The stories drive the program as it is shipped; the other files of tests/cluster look at the bed and the edges.
STORIES = stories promotion rollback refusals unknown people pods vanishing sequential volatile
.PHONY: cluster-soak
cluster-soak: build-dev build
	KAI_REQUIRE=cluster KAI_CANARY_BIN=$(CURDIR)/build/release/bin/kai-canary \
	  tools/cluster_tests.sh --beds=$(SOAK_BEDS) -q --soak=$(SOAK_RUNS) $(STORIES:%=tests/cluster/test_%.py)

# Whether the sequential judge finds little harm, and leaves alone what is alike: on this machine and on the cluster.
JUDGE_RUNS ?= 30
.PHONY: judge-soak
judge-soak: build-dev build
	tools/local_tests.sh build/release -n 4 --soak=$(JUDGE_RUNS) tests/local/test_judging.py
	KAI_REQUIRE=cluster KAI_CANARY_BIN=$(CURDIR)/build/release/bin/kai-canary \
	  tools/cluster_tests.sh -q -n $(SOAK_BEDS) --soak=$(JUDGE_RUNS) tests/cluster/test_judging.py

.PHONY: install
install: build
	DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX) --strip

.PHONY: package
package: build check-hardening
	cd build/release && cpack --config CPackConfig.cmake -B $(CURDIR)/dist
	rm -rf dist/_CPack_Packages
	cd dist && sha256sum kai-canary* >SHA256SUMS && cat SHA256SUMS

.PHONY: bench
bench: setup
	$(call build_preset,release,--target all benches)
	tools/bench.sh build/release

# Beside HAProxy and nginx, whose packages only this needs.
BENCH_SPLITTER = python3 bench/splitter/paired.py --splitter build/release/bin/kai-splitter
.PHONY: bench-splitter
bench-splitter: setup
	@tools/setup.sh bench/packages.txt
	$(call build_preset,release,--target kai-splitter)
	$(BENCH_SPLITTER)
	$(BENCH_SPLITTER) --conns 256
	$(BENCH_SPLITTER) --path /10k
	$(BENCH_SPLITTER) --headers browser
	$(BENCH_SPLITTER) --idle 3000

# What `make test` does for half a minute.
.PHONY: splitter-soak
splitter-soak: setup
	$(call build_preset,release,--target kai-splitter)
	KAI_SOAK_REQUESTS=$(SOAK_REQUESTS) KAI_SOAK_KILLS=$(SOAK_KILLS) tools/splitter_tests.sh \
	  build/release/bin/kai-splitter -s tests/splitter/test_conservation.py

.PHONY: fuzz
fuzz: setup
	$(call build_preset,fuzz,--target fuzz_targets)
	tools/fuzz.sh build/fuzz $(FUZZ_SECONDS)

.PHONY: format
format: setup
	clang-format-19 -i $(SOURCES)

.PHONY: check-format
check-format: setup
	@echo "clang-format-19 --dry-run --Werror: $(words $(SOURCES)) files"
	@clang-format-19 --dry-run --Werror $(SOURCES)

.PHONY: tidy
tidy: setup
	@test -f build/asan/build.ninja || cmake --preset asan >/dev/null
	tools/tidy.sh build/asan $(TIDY_FILES)

.PHONY: mutants
mutants: setup
	@tools/mutants.py src/core/judge/mutants.txt

.PHONY: house
house:
	@python3 tools/house.py

.PHONY: clean
clean:
	rm -rf build dist
