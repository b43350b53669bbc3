SHELL := /bin/bash
.PHONY: help demo test check bench bench-api bench-fleet bench-scale release setup simulate soak kill-test sanitize

help:
	@echo "make demo     build sloop and show the main job in one go"
	@echo "              demo and bench with ENGINE=incus: on real machines"
	@echo "make test     run every test"
	@echo "make simulate SEEDS=N   crashes and faults by a model: N seeds, or SEED=N alone; also CRASHES=1, ROTATIONS=N"
	@echo "make kill-test RUNS=N   kill -9 of real servers at N random moments, on each engine; ROTATIONS=N, of sshd too"
	@echo "make sanitize every access to memory of the rooms over C, checked; THREADS=1: every access that threads share"
	@echo "make check    format, warnings, arrows between rooms, sizes of files, generated files"
	@echo "make bench    measure, beside a floor that is measured in the same run; also bench-api, bench-fleet and"
	@echo "              bench-scale alone: beside moto, beside other tools for many hosts, and with 10,000 instances;"
	@echo "              what they print is kept in docs/measurements"
	@echo "make soak     an hour of 64 clients (MINUTES=60), and whether anything grew"
	@echo "make release  build .build/release/sloop"
	@echo "make setup    install what is missing, by apt-get"

demo: setup
	@scripts/demo

test: setup
	@scripts/setup pdns-server pdns-backend-sqlite3 bind9-dnsutils
	@scripts/test

check: setup
	@scripts/check

bench: setup release
	@if [ "$(ENGINE)" = incus ]; then scripts/install-incus && scripts/measured incus scripts/bench-incus; \
	else scripts/measured local scripts/bench; fi
	@if [ "$(ENGINE)" != incus ]; then $(MAKE) --no-print-directory bench-scale bench-api bench-fleet; fi

bench-api: setup release
	@scripts/setup wrk python3-venv
	@scripts/measured api scripts/bench-api

bench-fleet: setup release
	@scripts/setup pssh python3-venv
	@scripts/release sloop-fleet
	@scripts/measured fleet scripts/bench-fleet
	@BENCH_HOSTS=50 BENCH_DELAY=80 BENCH_WORKLOADS=rotate scripts/measured fleet-far scripts/bench-fleet

bench-scale: setup release
	@scripts/setup python3-venv
	@scripts/measured scale scripts/bench-scale

simulate: setup
	@SEEDS="$(SEEDS)" SEED="$(SEED)" FROM="$(FROM)" CRASHES="$(CRASHES)" ROTATIONS="$(ROTATIONS)" scripts/simulate

kill-test: setup
	@RUNS="$(or $(RUNS),200)" ROTATIONS="$(or $(ROTATIONS),200)" KILL_SEED="$(or $(KILL_SEED),1)" JOBS="$(or $(JOBS),4)" scripts/kill-test

sanitize: setup
	@scripts/sanitize $(if $(THREADS),thread,address)

soak: setup release
	@MINUTES="$(or $(MINUTES),60)" scripts/soak

release: setup
	@scripts/release

setup:
	@scripts/setup
