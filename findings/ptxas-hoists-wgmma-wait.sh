#!/usr/bin/env bash
# Expected: `wgmma.wait_group.sync.aligned 0` behind a run of arithmetic that does not need the product
# stays there, so that the product runs beside the arithmetic: that is what the instruction is placed for.
# Seen: ptxas orders arithmetic and waits as it likes. It moves the wait up until 62 of 64 exponentials stand
# behind it, and says nothing. bar.warp.sync, bar.sync, fence.proxy.async or wgmma.fence before the wait do
# not hold it; pmevent, fence.acq_rel.cta and membar.cta do.
# Matters: attention that computes the exponentials of one tile of scores while the next product runs. Its
# PTX reads so, the product runs beside next to nothing, and only the machine code shows it.
work=$(mktemp -d)
. "$(dirname "${BASH_SOURCE[0]}")/../utils/finding.sh"

# Two products; behind the wait for the first the exponentials of its scores, then the wait for the second.
cat > "$work/kernel.py" <<'PY'
import sys

scores = [f"%score{i}" for i in range(64)]
sums = [f"%sum{i}" for i in range(64)]
print(""".version 8.0
.target sm_90a
.address_size 64
.visible .entry overlap(.param .u64 out, .param .u64 left, .param .u64 right, .param .u64 next)
.reqntid 128, 1, 1
{
  .reg .f32 %score<64>, %sum<64>, %total;
  .reg .b64 %out, %left, %right, %next;
  ld.param.u64 %out, [out];
  ld.param.u64 %left, [left];
  ld.param.u64 %right, [right];
  ld.param.u64 %next, [next];
  cvta.to.global.u64 %out, %out;
  mov.f32 %total, 0f00000000;
  wgmma.fence.sync.aligned;""")
for results, right in (scores, "%right"), (sums, "%next"):
    print(f"""  wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16
    {{{', '.join(results)}}}, %left, {right}, 0, 1, 1, 0, 0;
  wgmma.commit_group.sync.aligned;""")
print("  wgmma.wait_group.sync.aligned 1;")
for score in scores:
    print(f"  ex2.approx.ftz.f32 {score}, {score};\n  add.f32 %total, %total, {score};")
print(f"  {sys.argv[1]}\n  wgmma.wait_group.sync.aligned 0;")
for i, each in enumerate([*sums, "%total"]):
    print(f"  st.global.f32 [%out + {4 * i}], {each};")
print("  ret;\n}")
PY

# Reads the machine code itself: 16 bytes an instruction, its opcode in the low 12 bits of the first word.
cat > "$work/order.py" <<'PY'
import struct
import sys

EXECUTABLE, MUFU, WARPGROUP, DEPBAR = 4, 0x308, 0x9C5, 1 << 47  # a flag of sections; opcodes; WARPGROUP's kind

elf = open(sys.argv[1], "rb").read()
(table,), (sections,) = struct.unpack_from("<Q", elf, 0x28), struct.unpack_from("<H", elf, 0x3C)
headers = [struct.unpack_from("<IIQQQQ", elf, table + 64 * i) for i in range(sections)]
(code,) = [elf[start : start + size] for _, _, flags, _, start, size in headers if flags & EXECUTABLE]
words = [word for word, _ in struct.iter_unpack("<QQ", code)]
waits = [i for i, word in enumerate(words) if word & 0xFFF == WARPGROUP and word & DEPBAR]
exponentials = [i for i, word in enumerate(words) if word & 0xFFF == MUFU]
if len(waits) != 2:
    sys.exit(f"expected 2 waits, got {len(waits)}")
print(sum(i > waits[1] for i in exponentials), "of", len(exponentials))
PY

# order BEFORE_WAIT: how many of the exponentials stand behind the second wait.
order() {
  python3 "$work/kernel.py" "$1" > "$work/kernel.ptx"
  "$(tool ptxas)" -arch=sm_90a -O3 "$work/kernel.ptx" -o "$work/kernel.cubin"
  python3 "$work/order.py" "$work/kernel.cubin"
}

# check: the same of every version.
check() {
  expect "exponentials behind the wait" "62 of 64" "$(order '')"
  expect "with pmevent before the wait" "0 of 64" "$(order 'pmevent 1;')"
  rm -rf "$work/site"
}

install nvidia-cuda-nvcc-cu12==12.0.140
check
install nvidia-cuda-nvcc-cu12==12.9.86
check
install nvidia-cuda-nvcc==13.5.37
check
install nvidia-cuda-nvcc==13.0.88
expect "with bar.warp.sync before the wait" "62 of 64" "$(order 'bar.warp.sync 0xffffffff;')"
expect "with bar.sync before the wait" "60 of 64" "$(order 'bar.sync 1, 128;')"
expect "with fence.proxy.async before the wait" "60 of 64" "$(order 'fence.proxy.async;')"
expect "with wgmma.fence before the wait" "62 of 64" "$(order 'wgmma.fence.sync.aligned;')"
expect "with fence.acq_rel.cta before the wait" "0 of 64" "$(order 'fence.acq_rel.cta;')"
expect "with membar.cta before the wait" "0 of 64" "$(order 'membar.cta;')"
check
echo "as found"
