SHELL := /bin/bash
.PHONY: test setup

setup:
	@scripts/setup

test: setup
	@scripts/test

check: setup
	@scripts/check
