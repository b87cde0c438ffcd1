// REQUIRES: fovea-opt, fovea-interpret
// What lowering makes of kernels, run by warps and lanes: barriers, copies, descriptors, fragments, shuffles
// and addresses, for both targets, give the logical kernels' numbers in every order.
// DEFINE: %{target} = sm_90a
// DEFINE: %{kernels} = %S/placed.mlir
// DEFINE: %{lower} = fovea-opt %{kernels} --fovea-attn-to-tile=target=%{target} -o %t.%{target}.logical && fovea-opt %t.%{target}.logical --fovea-place-tiles --convert-tile-to-simt=target=%{target} -o %t.%{target}
// DEFINE: %{run} = fovea-interpret %t.%{target} --against=%t.%{target}.logical --policy=random --seeds=2 --lengths=0,1,37 --list-block=32
// RUN: %{lower}
// RUN: %{run} --entry=window --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=compressed | FileCheck %s
// RUN: %{run} --entry=selected | FileCheck %s
// RUN: %{run} --entry=by_warp | FileCheck %s
// RUN: %{run} --entry=teams | FileCheck %s
// RUN: %{run} --entry=scored | FileCheck %s
// CHECK: ok: {{2|3}} orders

// Warpgroups that are favored and starved, copies and products early and late.
// RUN: fovea-interpret %t.%{target} --against=%t.%{target}.logical --policy=adversarial --lengths=37 --entry=window | FileCheck %s --check-prefix=ADVERSARIAL
// ADVERSARIAL: ok: {{[0-9]+}} orders

// Products beside the softmax of the next visit, in turns.
// REDEFINE: %{kernels} = %S/overlap.mlir
// RUN: fovea-opt %{kernels} --attn-choose-schedules --convert-attn-to-tile -o %t.sm_90a.logical
// RUN: fovea-opt %t.sm_90a.logical --fovea-place-tiles --convert-tile-to-simt -o %t.sm_90a
// RUN: %{run} --entry=causal | FileCheck %s
// RUN: %{run} --entry=keys_are_values | FileCheck %s

// What goes wrong in lowering shows, each in its own way.
// DEFINE: %{broken} = not fovea-interpret %t.broken --unverified --against=%t.sm_90a.logical --policy=random --seeds=1 --lengths=37 --entry=causal
// RUN: sed '/simt.barrier_arrive/d' %t.sm_90a > %t.broken
// RUN: %{broken} | FileCheck %s --check-prefix=ARRIVE
// ARRIVE: deadlock: no warp of the block can run
// ARRIVE: note: warp {{[0-9]+}} waits for parity {{[01]}} of the barrier at byte {{[0-9]+}}: {{[0-9]+}} of {{[0-9]+}} arrivals and {{[0-9]+}} B are missing in phase {{[0-9]+}}
// RUN: sed '/simt.arrive_named/d' %t.sm_90a > %t.broken
// RUN: %{broken} | FileCheck %s --check-prefix=NAMED
// NAMED: deadlock: no warp of the block can run
// NAMED: note: warp {{[0-9]+}} waits at named barrier {{[0-9]+}}: {{[0-9]+}} of 256 threads are there
// RUN: sed 's/simt.wgmma_wait 0/simt.wgmma_wait 3/' %t.sm_90a > %t.broken
// RUN: %{broken} | FileCheck %s --check-prefix=EARLY
// EARLY: {{numbers|pending}}:
// RUN: sed 's/stride 256 swizzle 32/stride 128 swizzle 32/' %t.sm_90a > %t.broken
// RUN: %{broken} | FileCheck %s --check-prefix=NUMBERS
// RUN: sed 's/simt.tma_load %\([0-9]*\), %\([a-z0-9]*\)\[%\([a-z0-9_]*\), %\([a-z0-9_]*\), %[a-z0-9_]*\]/simt.tma_load %\1, %\2[%\3, %\4, %\4]/' %t.sm_90a > %t.broken
// RUN: %{broken} | FileCheck %s --check-prefix=NUMBERS
// NUMBERS: numbers: the other module gives other numbers
// RUN: sed 's/shared_bytes = [0-9]*/shared_bytes = 1024/' %t.sm_90a > %t.broken
// RUN: %{broken} | FileCheck %s --check-prefix=BOUNDS
// BOUNDS: bounds: expected {{[0-9]+}} B within 1024 B of shared memory, got them at {{[0-9]+}}
// RUN: sed 's/bytes 1024 /bytes 2048 /;s/bytes 512 /bytes 1024 /' %t.sm_90a > %t.broken
// RUN: %{broken} | FileCheck %s --check-prefix=BYTES
// BYTES: deadlock: no warp of the block can run

// The target without a copy engine, and without wgmma.
// REDEFINE: %{target} = sm_80
// REDEFINE: %{kernels} = %S/placed.mlir
// RUN: %{lower}
// RUN: %{run} --entry=window --nan-sequence=2 | FileCheck %s
// RUN: %{run} --entry=selected | FileCheck %s
// RUN: %{run} --entry=teams | FileCheck %s
// RUN: %{run} --entry=scored | FileCheck %s
// RUN: sed '/simt.barrier_arrive_copies/d' %t.sm_80 > %t.broken
// RUN: not fovea-interpret %t.broken --unverified --policy=random --seeds=1 --lengths=37 --entry=window | FileCheck %s --check-prefix=COPIES
// COPIES: deadlock: no warp of the block can run
