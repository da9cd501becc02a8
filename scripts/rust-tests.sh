#!/usr/bin/env bash
# Runs Rust tests with nextest where it is installed, else with cargo test; the arguments choose the packages.
set -euo pipefail

if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --locked --no-fail-fast "$@"
else
  cargo test --locked --no-fail-fast "$@"
fi
