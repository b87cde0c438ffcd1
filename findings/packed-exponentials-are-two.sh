#!/usr/bin/env bash
# Expected: ex2.approx and tanh.approx of f16x2 and bf16x2 are one instruction of the special function unit,
# so that a softmax or a soft cap in packed halves asks it half as often as one in f32.
# Seen: on sm_80, sm_90a, sm_100a and sm_120a ptxas writes two of them and a permutation to put the halves
# together: as many as f32 takes, and one instruction more. Of all targets only sm_103a has a packed
# exponential, MUFU.EX2.F16x2 and .BF16x2; a packed tanh is two there as well.
# Matters: attention whose exponentials are the limit (head dim 64, or a soft cap on every score). Packed
# halves cost precision and save nothing on Hopper.
work=$(mktemp -d)
. "$(dirname "${BASH_SOURCE[0]}")/../utils/finding.sh"
install nvidia-cuda-nvcc==13.0.88 nvidia-cuda-nvdisasm==13.2.78

compile() { # compile TARGET INSTRUCTION
  cat > "$work/$1.ptx" <<PTX
.version 9.0
.target $1
.address_size 64
.visible .entry packed(.param .u64 in)
{
  .reg .b32 %x, %y;
  .reg .b64 %p;
  ld.param.u64 %p, [in];
  cvta.to.global.u64 %p, %p;
  ld.global.b32 %x, [%p];
  $2 %y, %x;
  st.global.b32 [%p+4], %y;
  ret;
}
PTX
  "$(tool ptxas)" -arch="$1" -O3 "$work/$1.ptx" -o "$work/$1.cubin"
  "$(tool nvdisasm)" -c "$work/$1.cubin" > "$work/$1.sass"
}

# check TARGET INSTRUCTION NUMBER: special functions that it takes.
check() {
  compile "$1" "$2"
  expect "$1, $2: special functions" "$3" "$(count 'MUFU' "$work/$1.sass")"
}

check sm_80 ex2.approx.f16x2 2
check sm_80 tanh.approx.f16x2 2
for target in sm_90a sm_100a sm_120a; do
  for instruction in ex2.approx.f16x2 ex2.approx.ftz.bf16x2 tanh.approx.f16x2 tanh.approx.bf16x2; do
    check $target $instruction 2
  done
done
check sm_103a ex2.approx.f16x2 1
check sm_103a ex2.approx.ftz.bf16x2 1
check sm_103a tanh.approx.f16x2 2
check sm_103a tanh.approx.bf16x2 2
echo "as found"
