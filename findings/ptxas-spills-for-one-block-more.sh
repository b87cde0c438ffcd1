#!/usr/bin/env bash
# Expected: a kernel that says no more than how many threads its blocks have may take 255 registers, so ptxas
# spills none of a kernel that needs about fifty.
# Seen: for sm_90a ptxas aims at a round number of registers that lets one block more be resident (32, 40,
# 48), and spills a few bytes to get there, in the loop too. A promise of at least one block (minnctapersm 1,
# the second number of __launch_bounds__), which asks for nothing, ends that: more registers, no spills. So
# does the promise of 8 blocks, which allows 64 registers. For sm_80 and sm_100a the same text spills nothing.
# Matters: builds that refuse spills, and small kernels whose spills cost more than the block gives: one
# number in the launch bounds decides, and nothing says so.
work=$(mktemp -d)
. "$(dirname "${BASH_SOURCE[0]}")/../utils/finding.sh"

cat > "$work/kernel.cu" <<'CU'
extern "C" __global__ void __launch_bounds__(BOUNDS)
pool(const float *__restrict__ rows, long rowStride, const float *__restrict__ scale, long scaleStride,
     float *__restrict__ out, long outStride, long count, long sequences, const int *__restrict__ ends,
     int heads) {
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  for (int program = blockIdx.x; program < heads * sequences; program += gridDim.x) {
    long head = program % heads, sequence = program / heads;
    long begin = ends[sequence], end = ends[sequence + 1];
    float sums[11] = {}, top = -1e30f;
    for (long row = warp; row < end - begin; row += 4) {
      float x = rows[(begin + row) * rowStride + head * 40 + lane];
#pragma unroll
      for (int step = 16; step; step >>= 1)
        x += __shfl_xor_sync(~0u, x, step);
      top = fmaxf(top, x);
#pragma unroll
      for (int i = 0; i < 11; ++i)
        sums[i] = sums[i] * __expf(x - top) + x * (i + .5f);
    }
    float total = 0;
#pragma unroll
    for (int i = 0; i < 11; ++i)
      total += sums[i];
    for (long row = 0; row < count; ++row)
      out[(begin + row) * outStride + head * 64 + lane] = total / top * scale[row * scaleStride + lane];
  }
}
CU

# The driver of the library that compiles CUDA to PTX: it needs no compiler of the host's.
cat > "$work/ptx.py" <<'PY'
import ctypes
import sys

library, source, *options = sys.argv[1:]
nvrtc = ctypes.CDLL(library)
program, size = ctypes.c_void_p(), ctypes.c_size_t()
assert nvrtc.nvrtcCreateProgram(ctypes.byref(program), open(source, "rb").read(), b"kernel.cu", 0, None, None) == 0
assert nvrtc.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*map(str.encode, options))) == 0
nvrtc.nvrtcGetPTXSize(program, ctypes.byref(size))
text = ctypes.create_string_buffer(size.value)
nvrtc.nvrtcGetPTX(program, text)
sys.stdout.write(text.value.decode())
PY

# usage TARGET BOUNDS: registers, and bytes of spilled stores.
usage() {
  local library
  library=$(find "$work/site" -name 'libnvrtc.so.*' | head -n 1)
  python3 "$work/ptx.py" "$library" "$work/kernel.cu" "--gpu-architecture=${1/sm/compute}" "-DBOUNDS=$2" > "$work/kernel.ptx"
  "$(tool ptxas)" -arch="$1" -O3 -v "$work/kernel.ptx" -o "$work/kernel.cubin" 2>&1 |
    sed -nE 's/.* ([0-9]+) bytes spill stores.*/\1/p; s/.*Used ([0-9]+) registers.*/\1/p' | tac | paste -sd' '
}

for version in 13.0.88 13.5.37; do
  rm -rf "$work/site"
  install nvidia-cuda-nvrtc==$version nvidia-cuda-nvcc==$version
  expect "sm_90a, blocks of 128 threads: registers and spilled bytes" "40 4" "$(usage sm_90a 128)"
  expect "sm_90a, and at least 1 block" "56 0" "$(usage sm_90a 128,1)"
  expect "sm_90a, and at least 8 blocks" "48 0" "$(usage sm_90a 128,8)"
  expect "sm_80, blocks of 128 threads" "48 0" "$(usage sm_80 128)"
  expect "sm_100a, blocks of 128 threads" "32 0" "$(usage sm_100a 128)"
done
echo "as found"
