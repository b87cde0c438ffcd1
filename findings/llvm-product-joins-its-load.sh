#!/usr/bin/env bash
# Expected: what a kernel computes behind an asm volatile statement, of a value loaded before it, stays behind it: a wait
# for the load comes where the value is first used, and what the statement started runs meanwhile.
# Seen: where the load stands in a branch, because its address is valid there alone, and the value is 0 else, LLVM
# 22.1.8 computes in the branch: instcombine moves an operation with a constant into the incoming edge of the phi, past
# any statement between, for it touches no memory. A select in place of the branch, of a load that is always valid, keeps
# the operation where it was.
# Matters: on a GPU a load costs hundreds of cycles where its value is first used. A multiplication by log2 e that was
# written behind two asynchronous products then waits in front of both: 27 % of a kernel's time.
work=$(mktemp -d)
. "$(dirname "${BASH_SOURCE[0]}")/../utils/finding.sh"
unpack llvm-22=1:22.1.8-1~deb12u1 libllvm22=1:22.1.8-1~deb12u1
libraries=$(dirname "$(find "$work/site" -name 'libLLVM.so.22.1' | head -n 1)")

scale() { # BODY: LLVM IR of a value of %p that is multiplied behind a statement, where %value is made by BODY
  cat > "$work/kernel.ll" <<LL
target triple = "nvptx64-nvidia-cuda"
define void @kernel(ptr addrspace(1) %p, ptr addrspace(1) %out, i1 %there) {
entry:
$1
  call void asm sideeffect "wgmma.fence.sync.aligned;", "~{memory}"()
  %scaled = fmul float %value, 0x3FF7154760000000
  store float %scaled, ptr addrspace(1) %out
  ret void
}
LL
  LD_LIBRARY_PATH=$libraries "$(tool opt)" -passes=instcombine -S "$work/kernel.ll" -o "$work/combined.ll"
  # Which comes first, by line.
  grep -oE 'fmul|asm sideeffect' "$work/combined.ll" | head -n 1
}

branch='  br i1 %there, label %load, label %join
load:
  %loaded = load float, ptr addrspace(1) %p
  br label %join
join:
  %value = phi float [ %loaded, %load ], [ 0.0, %entry ]'
selected='  %loaded = load float, ptr addrspace(1) %p
  %value = select i1 %there, float %loaded, float 0.0'
expect 'of a branch, first' fmul "$(scale "$branch")"
expect 'of a select, first' 'asm sideeffect' "$(scale "$selected")"
echo "as found"
