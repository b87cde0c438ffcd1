#!/usr/bin/env bash
# Expected: mlir-opt reads `// expected-error` comments where --verify-diagnostics asks for it, and takes them for
# comments otherwise.
# Seen: 22.1.8 reads them always. Without the option it prints "expected error ... was not produced" as an error,
# also for one that it has just printed, and the exit status is what it would be without the comments: 0 for a
# sound file. Every tool made of MlirOptMain does the same.
# Matters: lit tests and editors that run a file of expectations through another pipeline see errors that are none,
# and one cannot grep such a tool's stderr for "error:".
work=$(mktemp -d)
. "$(dirname "${BASH_SOURCE[0]}")/../utils/finding.sh"
unpack mlir-22-tools=1:22.1.8-1~deb12u1 libmlir-22=1:22.1.8-1~deb12u1 libllvm22=1:22.1.8-1~deb12u1
libraries=$(dirname "$(find "$work/site" -name 'libMLIR.so.22.1' | head -n 1)")
libraries+=:$(dirname "$(find "$work/site" -name 'libLLVM.so.22.1' | head -n 1)")
run() { LD_LIBRARY_PATH=$libraries "$(tool mlir-opt)" "$@" > "$work/out" 2> "$work/said" && echo 0 || echo $?; }

printf '// expected-error@+1 {{never}}\nfunc.func @sound() { return }\n' > "$work/sound.mlir"
expect 'a sound file, not asked: status' 0 "$(run "$work/sound.mlir")"
expect 'a sound file, not asked: errors' 1 "$(count 'error: expected error "never" was not produced' "$work/said")"
expect 'a sound file, not asked: functions printed' 1 "$(count 'func.func @sound' "$work/out")"
expect 'a sound file, asked: status' 1 "$(run --verify-diagnostics "$work/sound.mlir")"

cat > "$work/unsound.mlir" <<'MLIR'
func.func @unsound() -> i32 {
  %c = arith.constant 1 : i64
  // expected-error@+1 {{doesn't match function result type}}
  return %c : i64
}
MLIR
expect 'an unsound file, not asked: status' 1 "$(run "$work/unsound.mlir")"
expect 'an unsound file, not asked: the error' 1 "$(count "error: type of return operand" "$work/said")"
expect 'an unsound file, not asked: "was not produced"' 1 "$(count 'was not produced' "$work/said")"
expect 'an unsound file, asked: status' 0 "$(run --verify-diagnostics "$work/unsound.mlir")"
echo "as found"
