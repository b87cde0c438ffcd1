#!/usr/bin/env bash
# Builds everything and runs every test; ctest's summary is the last thing it prints.
#
#   utils/check.sh           what CI runs
#   utils/check.sh --full    first draws the wide set of numerics cases and records the result
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$FOVEA_ROOT"

FULL_NUMERICS=(build/release/bin/fovea-numerics --cases=1000 --json=docs/results/numerics-full.json)

full=0
case "${1:-}" in
  "") ;;
  --full) full=1 ;;
  *) fail "expected no argument or --full, got $1" ;;
esac

step "Install what is missing" install_deps
step "Configure build/release" configure
step "Build everything" build
if ((full)); then
  mkdir -p docs/results
  step "Numerics, the wide draw: ${FULL_NUMERICS[*]}" "${FULL_NUMERICS[@]}"
fi

printf '\n==> Run the tests\n'
exec ctest --test-dir build/release --output-on-failure
