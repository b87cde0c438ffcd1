#!/usr/bin/env bash
# run-readers.sh BUILD SECONDS [RESULTS.json]: runs each libFuzzer harness of BUILD for SECONDS from a
# corpus that draw.py draws. Prints, and writes as JSON, how many inputs each ran; a crash ends it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
seconds=$2
results=${3:-}
corpus=$build/corpus
python3 - "$here" "$corpus" <<'PY'
import json, pathlib, random, sys
sys.path.insert(0, sys.argv[1])
import draw
folder = pathlib.Path(sys.argv[2])
for kind in ("FuzzJson", "FuzzBundle", "FuzzNpy"):
    (folder / kind).mkdir(parents=True, exist_ok=True)
for seed in range(200):
    tree, _ = draw.manifest()
    rng = random.Random(seed)
    draw.mutate_json(rng, tree)
    (folder / "FuzzJson" / f"drawn-{seed}").write_bytes(json.dumps(tree).encode())
    (folder / "FuzzBundle" / f"drawn-{seed}").write_bytes(draw.bundle(rng))
    (folder / "FuzzNpy" / f"drawn-{seed}").write_bytes(draw.npy(rng))
PY
lines=()
for harness in FuzzJson FuzzBundle FuzzNpy; do
  [ -x "$build/$harness" ] || continue
  log=$build/$harness.log
  "$build/$harness" "$corpus/$harness" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 \
    -max_len=65536 -print_final_stats=1 -artifact_prefix="$build/$harness-" > "$log" 2>&1 ||
    { tail -40 "$log"; exit 1; }
  runs=$(sed -n 's/stat::number_of_executed_units: *//p' "$log")
  covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
  echo "$harness: $runs inputs in $seconds s, $covered edges, no finding"
  lines+=("  \"$harness\": {\"seconds\": $seconds, \"inputs\": $runs, \"edges\": $covered, \"findings\": 0}")
done
if [ -n "$results" ]; then
  { echo "{"; echo "  \"commit\": \"$(git -C "$here" rev-parse --short HEAD)\","
    (IFS=$'\n'; printf '%s\n' "${lines[*]}" | sed '$!s/$/,/'); echo "}"; } > "$results"
fi
