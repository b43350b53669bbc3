#!/usr/bin/env bash
# Where machines have images: what service.sh needs.
set -euo pipefail
apt-get update -q
apt-get install -y -q --no-install-recommends python3-minimal python3
