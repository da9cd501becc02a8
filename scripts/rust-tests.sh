#!/usr/bin/env bash
# Runs Rust tests with nextest where it is installed, else with cargo test: `units` is every crate's own tests, `system` the whole
# program. Both build the whole workspace, so that no dependency is built twice with other features.
set -euo pipefail

which=$1
if cargo nextest --version >/dev/null 2>&1; then
  case $which in
    units) cargo nextest run --locked --workspace --no-fail-fast -E 'not package(system-tests)' ;;
    system) cargo nextest run --locked --workspace --no-fail-fast -E 'package(system-tests)' ;;
  esac
else
  case $which in
    units) cargo test --locked --workspace --no-fail-fast --exclude system-tests ;;
    system) cargo test --locked --no-fail-fast -p system-tests ;;
  esac
fi
