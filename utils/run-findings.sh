#!/usr/bin/env bash
# Runs the findings (findings/README.md), each in a temporary folder of its own. Needs Python with pip and
# a package index; takes some minutes. Exits with 1 if what one of them found is no longer so.
#
#   utils/run-findings.sh [NAME...]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts=()
if (($#)); then
  for name in "$@"; do scripts+=("$FOVEA_ROOT/findings/${name%.sh}.sh"); done
else
  scripts=("$FOVEA_ROOT"/findings/*.sh)
fi

failed=()
for script in "${scripts[@]}"; do
  [ -x "$script" ] || fail "expected a finding named $(basename "$script" .sh), found none" \
    "there are: $(cd "$FOVEA_ROOT/findings" && ls ./*.sh | sed 's/^\.\///; s/\.sh$//' | tr '\n' ' ')"
  printf '==> %s\n' "$(basename "$script" .sh)"
  "$script" || failed+=("$(basename "$script" .sh)")
done
if ((${#failed[@]})); then
  fail "expected every finding to be as found, got others: ${failed[*]}"
fi
say "==> all ${#scripts[@]} as found"
