#!/usr/bin/env bash
# Everything on the GPU machine: builds the runtime by itself, runs its unit tests, the GPU cases
# and, if asked, the long sequence and the benchmark. All that is worth keeping goes into OUT.
#
#   test/gpu/run.sh OUT [--prepared DIR] [--only TEXT] [--shard I/N] [--no-cases] [--large]
#                       [--delays] [--garbage] [--backward] [--extended] [--bench [options of gpu_nsa.py]]
#
# DIR (build/gpu by default) is what test/gpu/prepare.py wrote. --bench comes last. Needs cmake, a
# C++ compiler and a Python with torch. Exits with 1 if anything failed, after running the rest.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 2

usage() { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
[ $# -ge 1 ] && [ "${1#-}" = "$1" ] || usage
out=$1; shift
prepared=build/gpu cases=1 large=0 delays=0 garbage=0 backward=0 extended=0 bench=0 only=() bench_options=()
while [ $# -gt 0 ]; do
  case $1 in
    --prepared) prepared=$2; shift 2 ;;
    --only) only+=(--only "$2"); shift 2 ;;
    --shard) only+=(--shard "$2"); shift 2 ;;
    --no-cases) cases=0; shift ;;
    --large) large=1; shift ;;
    --delays) delays=1; shift ;;
    --garbage) garbage=1; shift ;;
    --backward) backward=1; shift ;;
    --extended) extended=1; shift ;;
    --bench) bench=1; shift; bench_options=("$@"); break ;;
    *) usage ;;
  esac
done
[ -f "$prepared/benchmarks.json" ] || {
  echo "run.sh: expected $prepared/benchmarks.json: run test/gpu/prepare.py first" >&2; exit 2; }
mkdir -p "$out"
python=${PYTHON:-python3}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
failed=0

# part NAME COMMAND...: its output to the screen and to OUT/NAME.txt; a failure does not stop us.
part() {
  local name=$1 since=$SECONDS status; shift
  printf '\n==> %s\n' "$name"
  "$@" 2>&1 | tee "$out/$name.txt"
  status=${PIPESTATUS[0]}
  printf '==> %s: %s after %d s\n' "$name" "$([ "$status" = 0 ] && echo ok || echo "exit $status")" $((SECONDS - since))
  [ "$status" = 0 ] || failed=1
  return "$status"
}

build_runtime() {
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
  # GoogleTest may be missing on such a machine; the runtime itself needs nothing.
  cmake -S runtime -B "$build" -DCMAKE_BUILD_TYPE=Release -DFOVEA_RUNTIME_TESTS=ON ||
    { echo "without the unit tests:"; rm -rf "$build"/*
      cmake -S runtime -B "$build" -DCMAKE_BUILD_TYPE=Release || return; }
  cmake --build "$build" --parallel || return
  ctest --test-dir "$build" --output-on-failure
}

part runtime build_runtime
library=$(find "$build" -maxdepth 1 -name 'libfovea_runtime.so' | head -n 1)
if [ -z "$library" ]; then
  echo "run.sh: expected the build to make libfovea_runtime.so, got none" >&2
  exit 1
fi
common=(--runtime "$library" --folder "$prepared")
[ $cases = 0 ] || part cases "$python" test/gpu/run.py "${common[@]}" "${only[@]}" --json "$out/cases.json"
[ $large = 0 ] || part large "$python" test/gpu/run.py "${common[@]}" --large --case-timeout 300 --json "$out/large.json"
[ $delays = 0 ] || part delays "$python" test/gpu/run.py "${common[@]}" --delays --case-timeout 300 --json "$out/delays.json"
[ $garbage = 0 ] || part garbage "$python" test/gpu/run.py "${common[@]}" --garbage --json "$out/garbage.json"
[ $backward = 0 ] || part backward "$python" test/gpu/run.py "${common[@]}" --backward --case-timeout 240 "${only[@]}" --json "$out/backward.json"
[ $extended = 0 ] || part extended "$python" test/gpu/run.py "${common[@]}" --extended --case-timeout 240 "${only[@]}" --json "$out/extended.json"
[ $bench = 0 ] || part bench "$python" benchmarks/gpu_nsa.py "${common[@]}" --json "$out/bench.json" "${bench_options[@]}"
exit $failed
