// A key set from outside (examples/extension) reaches the machine with nothing below attn
// knowing it.
// RUN: foveac %s --load-dialect-plugin=%fovea_output/lib/FoveaExample.so --target=sm_90a \
// RUN:   --emit=ptx | FileCheck %s

// CHECK-LABEL: .entry far_forward_attend(
// CHECK: wgmma.mma_async.sync.aligned.m64n{{[0-9]+}}k16.f32.bf16.bf16
attn.spec @far heads 16 over 2 dims 64 x 64 of bf16 {
  attn.branch @far sees #example.dilated<window = 64, step = 4>
}
