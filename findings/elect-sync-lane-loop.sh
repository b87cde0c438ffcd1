#!/usr/bin/env bash
# Expected: `if (laneid == 0)` and `elect.sync` are two spellings of "one lane issues this copy", and
# ptxas compiles both to the same code.
# Seen: a bulk tensor copy takes its operands from uniform registers. Behind a comparison of the lane's
# number ptxas does not see that one lane is left, and wraps each copy into a loop over the active lanes
# (BRA.U.ANY); behind elect.sync there is none.
# Matters: to every producer warp of a warp-specialized kernel. One that copied small boxes by index list
# spent a quarter more time with the loops.
work=$(mktemp -d)
. "$(dirname "${BASH_SOURCE[0]}")/../utils/finding.sh"
install nvidia-cuda-nvcc==13.0.88 nvidia-cuda-nvdisasm==13.2.78

kernel() { # kernel NAME GUARD: copies n boxes, one lane asking.
  cat > "$work/$1.ptx" <<PTX
.version 8.0
.target sm_90a
.address_size 64
.visible .entry copy(.param .align 64 .b8 map[128], .param .u32 n)
{
  .reg .pred %done, %mine;
  .reg .b32 %i, %n, %lane, %row, %slot, %zero, %box, %bar;
  .reg .b64 %map;
  .shared .align 1024 .b8 boxes[32768];
  .shared .align 8 .b64 full;
  mov.b64 %map, map;
  cvta.param.u64 %map, %map;
  ld.param.u32 %n, [n];
  mov.u32 %lane, %laneid;
  mov.u32 %zero, 0;
  mov.u32 %i, 0;
  mov.u32 %box, boxes;
  mov.u32 %bar, full;
again:
  setp.ge.u32 %done, %i, %n;
  @%done bra end;
  $2
  @!%mine bra next;
  shl.b32 %row, %i, 6;
  and.b32 %slot, %i, 3;
  shl.b32 %slot, %slot, 13;
  add.u32 %slot, %slot, %box;
  mbarrier.arrive.expect_tx.shared.b64 _, [%bar], 8192;
  cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%slot], [%map, {%zero, %row}], [%bar];
next:
  add.u32 %i, %i, 1;
  bra again;
end:
  ret;
}
PTX
  "$(tool ptxas)" -arch=sm_90a -O3 "$work/$1.ptx" -o "$work/$1.cubin"
  "$(tool nvdisasm)" -c "$work/$1.cubin" > "$work/$1.sass"
}

kernel lane 'setp.eq.u32 %mine, %lane, 0;'
kernel elect 'elect.sync _|%mine, 0xffffffff;'
expect "copies in the code, by lane number" 8 "$(count 'UTMALDG' "$work/lane.sass")"
expect "loops over lanes around them" 4 "$(count 'BRA\.U\.ANY' "$work/lane.sass")"
expect "copies in the code, by elect.sync" 8 "$(count 'UTMALDG' "$work/elect.sass")"
expect "loops over lanes around them" 0 "$(count 'BRA\.U\.ANY' "$work/elect.sass")"
echo "as found"
