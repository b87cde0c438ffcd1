#!/usr/bin/env bash
# Expected: a warpgroup that has raised its registers to 240 by setmaxnreg may hold a wgmma of any width:
# its accumulators and operands fit.
# Seen: ptxas refuses the kernel (C7602) unless each thread has columns / 2 + 26 registers at launch, though
# setmaxnreg gives it 240 before the product, and asks for that number.
# Matters: a block of three warpgroups and a producer starts with 128 registers a thread, so its wgmmas end
# at 196 or so columns, though 160 registers each after the hand-over would hold 256.
work=$(mktemp -d)
. "$(dirname "${BASH_SOURCE[0]}")/../utils/finding.sh"
install nvidia-cuda-nvcc==13.0.88

cat > "$work/kernel.py" <<'PY'
import sys

columns, registers = int(sys.argv[1]), int(sys.argv[2])
sums = [f"%sum{i}" for i in range(columns // 2)]
print(f""".version 8.0
.target sm_90a
.address_size 64
.visible .entry product(.param .u64 out, .param .u64 left, .param .u64 right)
.reqntid 128, 1, 1
.maxnreg {registers}
{{
  .reg .f32 %sum<{len(sums)}>;
  .reg .b64 %out, %left, %right;
  ld.param.u64 %out, [out];
  ld.param.u64 %left, [left];
  ld.param.u64 %right, [right];
  cvta.to.global.u64 %out, %out;
  setmaxnreg.inc.sync.aligned.u32 240;
  wgmma.fence.sync.aligned;
  wgmma.mma_async.sync.aligned.m64n{columns}k16.f32.bf16.bf16 {{{', '.join(sums)}}}, %left, %right, 0, 1, 1, 0, 0;
  wgmma.commit_group.sync.aligned;
  wgmma.wait_group.sync.aligned 0;""")
for i, each in enumerate(sums):
    print(f"  st.global.f32 [%out + {4 * i}], {each};")
print("  ret;\n}")
PY

# assemble COLUMNS REGISTERS: ok, or the registers per thread that ptxas asks for.
assemble() {
  python3 "$work/kernel.py" "$1" "$2" > "$work/kernel.ptx"
  if "$(tool ptxas)" -arch=sm_90a -O3 "$work/kernel.ptx" -o "$work/kernel.cubin" > "$work/log" 2>&1; then
    printf ok
  else
    sed -n 's/.*(C7602).*register target of \([0-9]*\) or higher.*/\1/p' "$work/log"
  fi
}

for columns in 128 192 256; do
  least=$((columns / 2 + 26))
  expect "with $((least - 2)) registers at launch, $columns columns" "$least" "$(assemble "$columns" $((least - 2)))"
  expect "with $((least + 6)) registers at launch, $columns columns" ok "$(assemble "$columns" $((least + 6)))"
done
echo "as found"
