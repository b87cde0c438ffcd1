// Sums within one kernel: one that the next combine alone takes waits in memory and is rounded, one that two take or
// that leaves as well stays in registers and may be wider. The reference allows for both.
// RUN: fovea-run %s --entry=waits --lengths=37,0,5 --verify | FileCheck %s
// RUN: fovea-run %s --entry=leaves --lengths=37,0,5 --verify | FileCheck %s --check-prefixes=CHECK,SUM
// RUN: fovea-run %s --entry=branch --lengths=37,0,5 --verify | FileCheck %s
// CHECK: {{^}}o {{.*}} ok
// SUM: {{^}}sum {{.*}} ok

// Three attentions of one function become such a kernel.
// RUN: fovea-run %s --entry=fused --lengths=37,0,5 --verify | FileCheck %s

!q = tensor<?x4x16xbf16>
!kv = tensor<?x2x16xbf16>
!cu = tensor<?xi32>
!lse = tensor<?x4xf32>
!g = tensor<?x4x3xf32>

func.func @waits(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %g: !g) -> (!q {attn.name = "o"}) {
  %r = attn.group {
    %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %s = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
    %b, %m = attn.attend %q sees #attn.window<8> in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %o = attn.combine %b gates %g columns [1] values onto %s : (!q, !g, !q) -> !q
    attn.yield %o : !q
  } : !q
  return %r : !q
}

func.func @leaves(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %g: !g) -> (!q {attn.name = "o"}, !q {attn.name = "sum"}) {
  %r:2 = attn.group {
    %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %s = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
    %b, %m = attn.attend %q sees #attn.window<8> in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %o = attn.combine %b gates %g columns [1] values onto %s : (!q, !g, !q) -> !q
    attn.yield %o, %s : !q, !q
  } : !q, !q
  return %r#0, %r#1 : !q, !q
}

func.func @branch(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %g: !g) -> (!q {attn.name = "o"}) {
  %r = attn.group {
    %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %s = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
    %b, %m = attn.attend %q sees #attn.window<8> in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
    %o = attn.combine %b, %s gates %g columns [1, 2] values : (!q, !q, !g) -> !q
    attn.yield %o : !q
  } : !q
  return %r : !q
}

func.func @fused(%q: !q, %k: !kv, %v: !kv, %cu: !cu, %g: !g) -> (!q {attn.name = "o"}) {
  %a, %l = attn.attend %q sees #attn.causal in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %s = attn.combine %a gates %g columns [0] values : (!q, !g) -> !q
  %b, %m = attn.attend %q sees #attn.window<8> in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %t = attn.combine %b gates %g columns [1] values onto %s : (!q, !g, !q) -> !q
  %c, %n = attn.attend %q sees #attn.window<100> in %k, %v, %cu : !q, !kv, !kv, !cu -> !q, !lse
  %o = attn.combine %c gates %g columns [2] values onto %t : (!q, !g, !q) -> !q
  return %o : !q
}
