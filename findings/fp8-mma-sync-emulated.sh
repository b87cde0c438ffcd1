#!/usr/bin/env bash
# Expected: mma.sync m16n8k32 of e4m3 is one tensor instruction wherever PTX takes it, from sm_89 on, and
# twice as fast as f16: Hopper and Blackwell are known for their fp8.
# Seen: it is one on sm_89 and on sm_120a. On sm_90a and on sm_100a ptxas converts the operands to f16 by
# twelve instructions and issues two f16 products, without a word. There fp8 is in wgmma and tcgen05 only.
# Matters: decode kernels over an fp8 cache that multiply 16 rows by mma.sync: on Hopper fp8 saves them
# memory, and costs them arithmetic.
work=$(mktemp -d)
. "$(dirname "${BASH_SOURCE[0]}")/../utils/finding.sh"
install nvidia-cuda-nvcc==13.0.88 nvidia-cuda-nvdisasm==13.2.78

compile() { # compile TARGET
  cat > "$work/$1.ptx" <<PTX
.version 8.8
.target $1
.address_size 64
.visible .entry product(.param .u64 in, .param .u64 out)
{
  .reg .b32 %a<4>, %b<2>;
  .reg .f32 %c<4>;
  .reg .b64 %in, %out;
  ld.param.u64 %in, [in];
  ld.param.u64 %out, [out];
  cvta.to.global.u64 %in, %in;
  cvta.to.global.u64 %out, %out;
  ld.global.v4.b32 {%a0, %a1, %a2, %a3}, [%in];
  ld.global.v2.b32 {%b0, %b1}, [%in+16];
  ld.global.v4.f32 {%c0, %c1, %c2, %c3}, [%out];
  mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32
    {%c0, %c1, %c2, %c3}, {%a0, %a1, %a2, %a3}, {%b0, %b1}, {%c0, %c1, %c2, %c3};
  st.global.v4.f32 [%out], {%c0, %c1, %c2, %c3};
  ret;
}
PTX
  "$(tool ptxas)" -arch="$1" -O3 "$work/$1.ptx" -o "$work/$1.cubin"
  "$(tool nvdisasm)" -c "$work/$1.cubin" > "$work/$1.sass"
}

for target in sm_89 sm_120a; do
  compile "$target"
  expect "$target, fp8 products" 1 "$(count 'QMMA\.16832\.F32\.E4M3' "$work/$target.sass")"
  expect "$target, f16 products" 0 "$(count 'HMMA' "$work/$target.sass")"
done
for target in sm_90a sm_100a; do
  compile "$target"
  expect "$target, fp8 products" 0 "$(count 'QMMA' "$work/$target.sass")"
  expect "$target, f16 products" 2 "$(count 'HMMA\.16816\.F32' "$work/$target.sass")"
  expect "$target, conversions" 12 "$(count 'F2FP\.F16\.E4M3\.UNPACK_B' "$work/$target.sass")"
done
echo "as found"
