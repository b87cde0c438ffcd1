// Compiled, run on a ragged batch, compared with the reference.
// RUN: fovea-run %s --load-dialect-plugin=%example --lengths=0,1,63,64,65,200 --verify | FileCheck %s

// CHECK: verified
attn.spec @near heads 4 over 2 dims 16 x 16 of f32 {
  attn.branch @near sees #example.dilated<window = 64, step = 4>
}
