#!/usr/bin/env bash
# Builds everything and runs every test; ctest's summary is the last thing it prints.
#
#   utils/check.sh           what CI runs
#   utils/check.sh --full    first draws the wide set of numerics cases and records the result
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$FOVEA_ROOT"

# build_quietly: with no warning of a compiler. They are of code that is ours, or that ours
# makes of a library's template, and one has been a loop without an end.
build_quietly() {
  local log=build/release/build.log
  build 2>&1 | tee "$log" || return 1
  ! grep -E '^[^ ]+:[0-9]+:[0-9]+: warning: ' "$log" || fail "expected no warnings, got these"
}

# The wide draw: 1000 specs in two halves, side by side. Each half's result is a file.
full_numerics() {
  local half status=0 pids=()
  mkdir -p docs/results
  for half in 1 2; do
    build/release/bin/fovea-numerics --cases=1000 --seed=2 --shard="$half/2" \
      --json="docs/results/numerics-full-$half-of-2.json" 2>/dev/null | grep -v '^ok' &
    pids+=($!)
  done
  for half in "${pids[@]}"; do wait "$half" || status=1; done
  return "$status"
}

full=0
case "${1:-}" in
  "") ;;
  --full) full=1 ;;
  *) fail "expected no argument or --full, got $1" ;;
esac

step "Install what is missing" install_deps
step "Configure build/release" configure
step "Build everything" build_quietly
if ((full)); then
  step "Numerics, the wide draw of 1000 specs (about half an hour)" full_numerics
fi

printf '\n==> Run the tests\n'
exec ctest --test-dir build/release --output-on-failure --parallel "$(nproc)" --timeout 1800
