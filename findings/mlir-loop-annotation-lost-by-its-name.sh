#!/usr/bin/env bash
# Expected: llvm.loop_annotation on an scf.for, the name that MLIR verifies and that passes hand on to branches, becomes
# metadata of the loop in LLVM IR.
# Seen: 22.1.8 hands it on to cf.br and llvm.br as an attribute of that name, which the translation drops: no metadata,
# no warning. Named loop_annotation, without the dialect that a discardable attribute is to name, the same attribute
# ends as llvm.br's own and is translated: what is handed on is chosen by the attribute's value, not by its name.
# Matters: whoever unrolls, vectorizes or holds back hoisting by annotating structured loops sees no effect, and takes
# the optimization for useless.
work=$(mktemp -d)
. "$(dirname "${BASH_SOURCE[0]}")/../utils/finding.sh"
unpack mlir-22-tools=1:22.1.8-1~deb12u1 libmlir-22=1:22.1.8-1~deb12u1 libllvm22=1:22.1.8-1~deb12u1
libraries=$(dirname "$(find "$work/site" -name 'libMLIR.so.22.1' | head -n 1)")
libraries+=:$(dirname "$(find "$work/site" -name 'libLLVM.so.22.1' | head -n 1)")
run() { LD_LIBRARY_PATH=$libraries "$(tool "$1")" "${@:2}"; }

translate() { # NAME: LLVM IR of a loop whose annotation has that name
  cat > "$work/loop.mlir" <<MLIR
#none = #llvm.loop_annotation<licm = <disable = true>>
func.func private @body(index)
func.func @loop(%n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  scf.for %i = %zero to %n step %one {
    func.call @body(%i) : (index) -> ()
  } {$1 = #none}
  return
}
MLIR
  run mlir-opt "$work/loop.mlir" --convert-scf-to-cf --convert-to-llvm --reconcile-unrealized-casts -o "$work/llvm.mlir"
  run mlir-translate --mlir-to-llvmir "$work/llvm.mlir" > "$work/loop.ll"
}

translate llvm.loop_annotation
expect 'llvm.loop_annotation: branches that have it in MLIR' 1 "$(count 'llvm.br .*llvm.loop_annotation' "$work/llvm.mlir")"
expect 'llvm.loop_annotation: metadata' 0 "$(count 'llvm.licm.disable' "$work/loop.ll")"
translate loop_annotation
expect 'loop_annotation: metadata' 1 "$(count 'llvm.licm.disable' "$work/loop.ll")"
echo "as found"
