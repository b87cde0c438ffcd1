#!/usr/bin/env bash
# The house rules that a machine can check, over lib, include, tools and runtime. Prints each
# finding as file:line: rule and exits 1 when there is one. It is also the ctest test `style`.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$FOVEA_ROOT"

MAX_LINES=600
SPDX='SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception'

places=()
for place in lib include tools runtime; do [ -d "$place" ] && places+=("$place"); done
sources() { find "${places[@]}" -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.td' -o -name '*.py' \) | sort; }

findings=0
# report RULE: every line of stdin (file:line or file) breaks it.
report() {
  local line
  while IFS= read -r line; do
    printf '%s: %s\n' "$line" "$1"
    findings=$((findings + 1))
  done
}
# matches REGEX FILES...: file:line of each match.
matches() { grep -nHE "$@" /dev/null | cut -d: -f1,2; }

mapfile -t files < <(sources)
mapfile -t headers < <(printf '%s\n' "${files[@]}" | grep '\.h$')
mapfile -t libs < <(printf '%s\n' "${files[@]}" | grep '^lib/')

report "expected options and the environment only in tools/" \
  < <(matches '\bgetenv\b|\bcl::(opt|list|bits)\b' "${libs[@]}")
report "expected no 'using namespace' in a header" \
  < <(matches '^[[:space:]]*using namespace' "${headers[@]}")
report "expected finished work: an unfinished note belongs in an issue" \
  < <(matches '\b(TODO|FIXME|XXX)\b' "${files[@]}")
report "expected no variable in a loop's condition: g++ ends its life before the loop's step" \
  < <(matches 'for \([^;]*; *[A-Za-z_:<>]+ [*&]?[A-Za-z_]+ = [^;]+;' "${files[@]}")
report "expected no trailing whitespace" < <(matches '[[:space:]]+$' "${files[@]}")
report "expected at most $MAX_LINES lines" \
  < <(wc -l "${files[@]}" /dev/null | awk -v max=$MAX_LINES '$2 != "total" && $1 > max {print $2}')
report "expected the license line '$SPDX' in the first 5 lines" \
  < <(for file in "${files[@]}"; do head -n 5 "$file" | grep -qF "$SPDX" || echo "$file"; done)

# One pass, one flag, one lit file: a flag that no test names is a pass that no test runs.
# untested_passes: file: flag of each.
untested_passes() {
  local file flag
  printf '%s\n' "${files[@]}" | grep 'Passes\.td$' | xargs -r grep -HoE 'Pass<"[a-z0-9-]+"' |
    sed -E 's/Pass<"([^"]+)"/\1/' |
    while IFS=: read -r file flag; do
      grep -rqF --include='*.mlir' --include='*.test' -e "$flag" test || echo "$file: $flag"
    done
}
report "expected a lit test that runs the pass" < <(untested_passes)

# Links and includes go down.
report "(floors)" < <(python3 utils/check-floors.py | sed '$d')

# The order of arguments is the compiler's choice: kernels must not depend on it.
report "(order)" < <(python3 utils/check-order.py | sed '$d')

# Formatting is pinned to one release: two of them agree on nearly every line, not on all.
FORMATTER=clang-format-22
unformatted() {
  local file
  find lib include tools runtime test benchmarks examples -type f \
    \( -name '*.h' -o -name '*.cpp' -o -name '*.c' \) | sort |
    xargs -P "$(nproc)" -n 16 "$FORMATTER" --dry-run 2>&1 | sed -nE 's/^([^:]+:[0-9]+):.*warning.*/\1/p' | sort -u
}
if command -v $FORMATTER >/dev/null; then
  report "expected the lines that $FORMATTER writes" < <(unformatted)
else
  say "style: $FORMATTER is not installed, formatting is not checked (utils/install-deps.sh installs it)"
fi

if ((findings)); then
  say "style: $findings findings in ${#files[@]} files"
  exit 1
fi
say "style: ${#files[@]} files, no findings"
