SHELL := /bin/bash
.PHONY: help demo test check bench release setup

help:
	@echo "make demo     build sloop and show the main job in one go"
	@echo "              demo and bench with ENGINE=incus: on real machines"
	@echo "make test     run every test"
	@echo "make check    format, warnings, arrows between rooms, sizes of files, generated files"
	@echo "make bench    measure, beside a floor that is measured in the same run"
	@echo "make release  build .build/release/sloop"
	@echo "make setup    install what is missing, by apt-get"

demo: setup
	@scripts/demo

test: setup
	@scripts/test

check: setup
	@scripts/check

bench: setup release
	@if [ "$(ENGINE)" = incus ]; then scripts/install-incus && scripts/bench-incus; else scripts/bench; fi

release: setup
	@scripts/release

setup:
	@scripts/setup
