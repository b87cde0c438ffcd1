// RUN: fovea-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

func.func @group_c1(%x: tensor<4xf32>) {
  // expected-error @+1 {{'attn.group' op expected attn operations on tensors only, got arith.addf}}
  %0 = attn.group {
    %y = arith.addf %x, %x : tensor<4xf32>
    attn.yield %y : tensor<4xf32>
  } : tensor<4xf32>
  return
}

// -----

func.func @group_c1_unregistered() {
  // expected-error @+1 {{'attn.group' op expected attn operations on tensors only, got test.unknown}}
  attn.group {
    "test.unknown"() : () -> ()
  }
  return
}

// -----

func.func @group_c1_nested() {
  // expected-error @+1 {{'attn.group' op expected attn operations on tensors only, got attn.group}}
  attn.group {
    attn.group {
    }
  }
  return
}

// -----

func.func @group_c1_spec() {
  attn.group {
    // expected-error @+1 {{'attn.spec' op symbol's parent must have the SymbolTable trait}}
    attn.spec @s heads 1 over 1 dims 8 x 8 of f32 {
      attn.branch @b sees #attn.causal
    }
  }
  return
}

// -----

func.func @group_c2(%x: tensor<4xf32>) {
  // expected-error @+1 {{'attn.group' op expected yielded types to be the result types, got ('tensor<4xf32>') and ('tensor<8xf32>')}}
  %0 = attn.group {
    attn.yield %x : tensor<4xf32>
  } : tensor<8xf32>
  return
}

// -----

func.func @group_c2_count(%x: tensor<4xf32>) {
  // expected-error @+1 {{'attn.group' op expected yielded types to be the result types, got ('tensor<4xf32>') and ()}}
  attn.group {
    attn.yield %x : tensor<4xf32>
  }
  return
}

// -----

func.func @other_terminator() {
  // expected-error @+2 {{'attn.group' op expects regions to end with 'attn.yield', found 'test.end'}}
  // expected-note @+1 {{in custom textual format, the absence of terminator implies 'attn.yield'}}
  "attn.group"() ({
    "test.end"() : () -> ()
  }) : () -> ()
  return
}

// -----

func.func @body_arguments() {
  // expected-error @+1 {{'attn.group' op region should have no arguments}}
  "attn.group"() ({
  ^bb0(%x: index):
    attn.yield
  }) : () -> ()
  return
}

// -----

!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @group_c3_compress(%q: !x, %cu: !cu) -> (!x, !x) {
  %0:2 = attn.group {
    // expected-error @+1 {{'attn.compress' op expected to be alone in its kernel, got 2 operations}}
    %a = attn.compress %q by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu : !x, !cu -> !x
    %b = attn.compress %q by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !x, !cu -> !x
    attn.yield %a, %b : !x, !x
  } : !x, !x
  return %0#0, %0#1 : !x, !x
}

// -----

!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @group_c3_sequences(%q: !x, %cu: !cu, %other: !cu) -> (!x, !x) {
  %0:2 = attn.group {
    %a, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
    // expected-error @+1 {{'attn.attend' op expected one cu_seqlens in one kernel, got two}}
    %b, %m = attn.attend %q sees #attn.causal in %q, %q, %other : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
    attn.yield %a, %b : !x, !x
  } : !x, !x
  return %0#0, %0#1 : !x, !x
}

// -----

!x = tensor<?x4x16xf32>
!kv = tensor<?x2x16xf32>
!cu = tensor<?xi32>
func.func @group_c3_heads(%q: !x, %k: !kv, %cu: !cu) -> (!x, !x) {
  %0:2 = attn.group {
    %a, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
    // expected-error @+1 {{'attn.attend' op expected the same heads in one kernel, got 4 over 2 beside 4 over 4}}
    %b, %m = attn.attend %q sees #attn.causal in %k, %k, %cu : !x, !kv, !kv, !cu -> !x, tensor<?x4xf32>
    attn.yield %a, %b : !x, !x
  } : !x, !x
  return %0#0, %0#1 : !x, !x
}

// -----

!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @group_c3_inside(%q: !x, %cu: !cu) -> !x {
  %0 = attn.group {
    %a, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
    // expected-error @+1 {{'attn.attend' op expected operand 2 to be computed outside of its kernel, got a result of attn.attend}}
    %b, %m = attn.attend %q sees #attn.causal in %q, %a, %cu : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
    attn.yield %b : !x
  } : !x
  return %0 : !x
}

// -----

!x = tensor<?x4x16xf32>
!g = tensor<?x4x1xf32>
func.func @group_c3_combines(%q: !x, %g: !g) -> !x {
  %0 = attn.group {
    %a = attn.combine %q gates %g values : (!x, !g) -> !x
    // expected-error @+1 {{'attn.combine' op expected to be alone in its kernel, or with an attention in it, got neither}}
    %b = attn.combine %a gates %g values : (!x, !g) -> !x
    attn.yield %b : !x
  } : !x
  return %0 : !x
}

// -----

!x = tensor<?x4x16xf32>
!s = tensor<?x4xf32>
!cu = tensor<?xi32>
func.func @group_c3_keys(%q: !x, %do: !x, %o: !x, %lse: !s, %cu: !cu) -> !x {
  %0 = attn.group {
    %delta = attn.attend_delta %do, %o : !x, !x -> !s
    // expected-error @+1 {{'attn.attend_grad_kv' op expected to be alone in its kernel, got 2 operations}}
    %dk, %dv = attn.attend_grad_kv %q sees #attn.causal in %q, %q, %cu of %do, %lse, %delta : !x, !x, !x, !cu, !x, !s, !s -> !x, !x
    attn.yield %dk : !x
  } : !x
  return %0 : !x
}
