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
