// RUN: fovea-opt %s --attn-infer-rows --split-input-file --verify-diagnostics

// A value of T / 4 rows that is compressed too: T rows are read of it.
!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @two_kinds(%q: !x, %k: !x,
    // expected-error @below {{expected the rows of 'v' to count one thing, got tokens as input of attn.compress and tokens / 4 as v of attn.attend}}
    %v: !x {attn.name = "v"}, %cu: !cu) -> (!x, !x) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu : !x, !cu -> !x
  // expected-note @below {{one use is here}}
  %vc = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu : !x, !cu -> !x
  // expected-note @below {{the other use is here}}
  %o, %l = attn.attend %q sees #attn.compressed<block = 4, stride = 4> in %kc, %v, %cu : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
  %o2, %l2 = attn.attend %q sees #attn.compressed<block = 4, stride = 4> in %kc, %vc, %cu : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
  return %o, %o2 : !x, !x
}

// -----

// Keys of a row per four tokens, where the key set wants one per token.
!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @too_few_key_rows(%q: !x, %k: !x, %cu: !cu) -> !x {
  // expected-note @below {{they are computed here}}
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !x, !cu -> !x
  // expected-error @below {{'attn.attend' op expected rows of k that count tokens, got tokens / 4 of attn.compress}}
  %o, %l = attn.attend %q sees #attn.causal in %kc, %kc, %cu : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

// The same across the border of a group, and of another stride.
!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @through_a_group(%q: !x, %k: !x, %cu: !cu) -> !x {
  %kc = attn.group attributes {kept} {
    // expected-note @below {{they are computed here}}
    %c = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : !x, !cu -> !x
    attn.yield %c : !x
  } : !x
  // expected-error @below {{expected rows of k that count tokens / 8, got tokens / 4 of attn.compress}}
  %o, %l = attn.attend %q sees #attn.compressed<block = 8, stride = 8> in %kc, %kc, %cu : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

// Columns of 64 tokens, of which a top-k over blocks of 32 would want twice as many.
!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @scores_of_other_blocks(%q: !x, %kc: !x, %lse: tensor<?x4xf32>, %cu: !cu) -> tensor<?x4x2xi32> {
  // expected-note @below {{they are computed here}}
  %s = attn.score_blocks %q over #attn.compressed<block = 8, stride = 4> into #attn.selected<block = 64> in %kc, %lse, %cu : !x, !x, tensor<?x4xf32>, !cu -> tensor<?x4x?xf32>
  // expected-error @below {{'attn.select_topk' op expected rows of scores that count tokens by blocks of 32, got tokens by blocks of 64 of attn.score_blocks}}
  %i = attn.select_topk %s, %cu of #attn.selected<block = 32> top 2 initial 0 local 1 : tensor<?x4x?xf32>, !cu -> tensor<?x4x2xi32>
  return %i : tensor<?x4x2xi32>
}

// -----

!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
// expected-error @below {{expected attn.rows of argument 1 to be "tokens / 4", as k of attn.attend, got "tokens"}}
func.func @stated_otherwise(%q: !x, %k: !x {attn.rows = "tokens"}, %cu: !cu) -> !x {
  // expected-note @below {{see here}}
  %o, %l = attn.attend %q sees #attn.compressed<block = 4, stride = 4> in %k, %k, %cu : !x, !x, !x, !cu -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

!x = tensor<?x4x16xf32>
// expected-error @below {{expected attn.rows of result 0 to be "tokens", as out of attn.attend, got "static"}}
func.func @result_stated_otherwise(%q: !x, %cu: tensor<?xi32>) -> (!x {attn.rows = "static"}) {
  // expected-note @below {{see here}}
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

!x = tensor<?x4x16xf32>
// expected-error @below {{expected attn.rows of 'q' to be "static", "sequences", "pages", "tokens", "tokens / <number>" or "sequence_ends", the latter three of keys as "key_tokens", got "tokens/4"}}
func.func @no_such_count(%q: !x {attn.name = "q", attn.rows = "tokens/4"}, %cu: tensor<?xi32>) -> !x {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

!x = tensor<?x4x16xf32>
// expected-error @below {{expected attn.rows on 'more', for nothing here reads it and its rows are dynamic, got none}}
func.func @unread(%q: !x, %cu: tensor<?xi32>, %more: tensor<?x4xf32> {attn.name = "more"}) -> !x {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

!x = tensor<?x4x16xf32>
// expected-error @below {{expected argument 2 to be a type whose rows are sequence_ends, got 'tensor<?x4xi32>'}}
func.func @no_ends(%q: !x, %cu: tensor<?xi32>, %more: tensor<?x4xi32> {attn.rows = "sequence_ends"}) -> !x {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

// A static number is the batch's, or nothing's.
!cu = tensor<?xi32>
func.func @other_tokens(%q: tensor<128x4x16xf32> {attn.name = "q"},
    %k: tensor<?x4x16xf32>, %cu: !cu,
    // expected-error @below {{expected 128 tokens as 'q' has, got 64 of 'g'}}
    %g: tensor<64x4x1xf32> {attn.name = "g"}) -> tensor<?x4x16xf32> {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<128x4x16xf32>, tensor<?x4x16xf32>, tensor<?x4x16xf32>, !cu -> tensor<?x4x16xf32>, tensor<?x4xf32>
  %r = attn.combine %o gates %g logits : (tensor<?x4x16xf32>, tensor<64x4x1xf32>) -> tensor<?x4x16xf32>
  return %r : tensor<?x4x16xf32>
}

// -----

!x = tensor<?x4x16xf32>
func.func @other_windows(%q: tensor<128x4x16xf32> {attn.name = "q"}, %k: !x, %cu: tensor<?xi32>,
    // expected-error @below {{expected 32 rows, which count tokens / 4, as 'q' has, got 31 of 'kc'}}
    %kc: tensor<31x4x16xf32> {attn.name = "kc"}) -> (!x, !x) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<128x4x16xf32>, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  %p, %m = attn.attend %o sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %cu : !x, tensor<31x4x16xf32>, tensor<31x4x16xf32>, tensor<?xi32> -> !x, tensor<?x4xf32>
  return %o, %p : !x, !x
}

// -----

!x = tensor<?x4x16xf32>
func.func @other_sequences(%q: !x, %a: tensor<3xi32> {attn.name = "a"},
    // expected-error @below {{expected 3 sequence ends as 'a' has, got 4 of 'b'}}
    %b: tensor<4xi32> {attn.name = "b"}) -> !x {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %a : !x, !x, !x, tensor<3xi32> -> !x, tensor<?x4xf32>
  %p, %m = attn.attend %o sees #attn.causal in %q, %q, %b : !x, !x, !x, tensor<4xi32> -> !x, tensor<?x4xf32>
  return %p : !x
}

// -----

// Nobody sees this 128 at the call, and T rows are written.
!x = tensor<?x4x16xf32>
func.func @static_intermediate(%q: !x, %cu: tensor<?xi32>) -> !x {
  // expected-error @below {{'attn.attend' op expected a dynamic size, or one that follows from the function's arguments and results, for the rows of out, got 128}}
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> tensor<128x4x16xf32>, tensor<?x4xf32>
  %p, %m = attn.attend %q sees #attn.causal in %o, %o, %cu : !x, tensor<128x4x16xf32>, tensor<128x4x16xf32>, tensor<?xi32> -> !x, tensor<?x4xf32>
  return %p : !x
}

// -----

!x = tensor<?x4x16xf32>
// expected-error @below {{expected 'x' to be a ranked tensor of f32, f16, bf16 or i32 without an encoding, got 'f32'}}
func.func @scalar(%q: !x, %cu: tensor<?xi32>, %x: f32 {attn.name = "x"}) -> !x {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

!x = tensor<?x4x16xf32>
// expected-error @below {{expected argument 2 to be a ranked tensor of f32, f16, bf16 or i32 without an encoding, got 'tensor<*xf32>'}}
func.func @unranked(%q: !x, %cu: tensor<?xi32>, %x: tensor<*xf32>) -> !x {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

!x = tensor<?x4x16xf32>
// expected-error @below {{expected sizes of argument 2 of at most 2147483647, got 2147483648}}
func.func @huge(%q: !x, %cu: tensor<?xi32>, %x: tensor<2x2147483648xf32>) -> !x {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

!x = tensor<?x4x16xf32>
// expected-error @below {{expected result 1 to be a ranked tensor of f32, f16, bf16 or i32 without an encoding, got 'i32'}}
func.func @other_result(%q: !x, %cu: tensor<?xi32>) -> (!x, i32) {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  %c = arith.constant 0 : i32
  return %o, %c : !x, i32
}

// -----

!x = tensor<?x4x16xf32>
// expected-error @below {{expected a body of one block, got 2}}
func.func @two_blocks(%q: !x, %cu: tensor<?xi32>) -> !x {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  cf.br ^b
^b:
  return %o : !x
}

// -----

!x = tensor<?x4x16xf32>
func.func @other_operations(%q: !x, %cu: tensor<?xi32>) -> !x {
  // expected-error @below {{'arith.addf' op expected attn operations and a return only, in a function of attn operations}}
  %s = arith.addf %q, %q : !x
  %o, %l = attn.attend %s sees #attn.causal in %q, %q, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

// Ends of queries that are those of keys too: the two are apart.
!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @one_end_twice(%q: !x, %k: !x,
    // expected-error @below {{expected the rows of 'cu' to count one thing, got sequence_ends as queries of attn.batch and key_sequence_ends as keys of attn.batch}}
    %cu: !cu {attn.name = "cu"}) -> !x {
  // expected-note @below {{one use is here}}
  // expected-note @below {{the other use is here}}
  %batch = attn.batch queries %cu keys %cu : !cu, !cu
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %batch : !x, !x, !x, !attn.batch -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

// Pages are of keys that a batch has apart from its queries.
!x = tensor<?x4x16xf32>
func.func @pages_of_queries(%q: !x, %cache: tensor<?x16x4x16xf32>, %table: tensor<?xi32>, %cu: tensor<?xi32>) -> !x {
  // expected-error @below {{'attn.gather_pages' op expected pages of keys or values of a batch, which an attention or a ranker reads as they are, got them as v of attn.attend}}
  %k = attn.gather_pages %cache through %table : tensor<?x16x4x16xf32>, tensor<?xi32> -> !x
  // expected-note @below {{which is here}}
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : !x, !x, !x, tensor<?xi32> -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

// What is compressed does not lie in pages.
!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @pages_of_windows(%q: !x, %cache: tensor<?x16x4x16xf32>, %table: !cu, %cuq: !cu, %cuk: !cu) -> !x {
  %batch = attn.batch queries %cuq keys %cuk : !cu, !cu
  // expected-error @below {{expected pages of keys or values of a batch, which an attention or a ranker reads as they are, got them as input of attn.compress}}
  %k = attn.gather_pages %cache through %table : tensor<?x16x4x16xf32>, !cu -> !x
  // expected-note @below {{which is here}}
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %batch : !x, !attn.batch -> !x
  %o, %l = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %batch : !x, !x, !x, !attn.batch -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @unread_pages(%q: !x, %k: !x, %cache: tensor<?x16x4x16xf32>, %table: !cu, %cuq: !cu, %cuk: !cu) -> !x {
  %batch = attn.batch queries %cuq keys %cuk : !cu, !cu
  // expected-error @below {{expected pages that something reads, got no use}}
  %v = attn.gather_pages %cache through %table : tensor<?x16x4x16xf32>, !cu -> !x
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %batch : !x, !x, !x, !attn.batch -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

// A table is of pages of one size.
!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @pages_of_two_sizes(%q: !x, %a: tensor<?x16x4x16xf32>, %b: tensor<?x32x4x16xf32>,
    // expected-error @below {{expected the rows of 'table' to count one thing, got key_tokens / 16 as table of attn.gather_pages and key_tokens / 32 as table of attn.gather_pages}}
    %table: !cu {attn.name = "table"}, %cuq: !cu, %cuk: !cu) -> !x {
  %batch = attn.batch queries %cuq keys %cuk : !cu, !cu
  // expected-note @below {{one use is here}}
  %k = attn.gather_pages %a through %table : tensor<?x16x4x16xf32>, !cu -> !x
  // expected-note @below {{the other use is here}}
  %v = attn.gather_pages %b through %table : tensor<?x32x4x16xf32>, !cu -> !x
  %o, %l = attn.attend %q sees #attn.causal in %k, %v, %batch : !x, !x, !x, !attn.batch -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

// Keys that are the queries' rows.
!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
func.func @keys_of_queries(
    // expected-error @below {{expected the rows of 'x' to count one thing, got tokens as q of attn.attend and key_tokens as k of attn.attend}}
    %x: !x {attn.name = "x"}, %cuq: !cu, %cuk: !cu) -> !x {
  %batch = attn.batch queries %cuq keys %cuk : !cu, !cu
  // expected-note @below {{one use is here}}
  // expected-note @below {{the other use is here}}
  %o, %l = attn.attend %x sees #attn.causal in %x, %x, %batch : !x, !x, !x, !attn.batch -> !x, tensor<?x4xf32>
  return %o : !x
}

// -----

// As many lengths as sequences have ends.
!x = tensor<?x4x16xf32>
!cu = tensor<?xi32>
// expected-error @below {{expected 3 sequences as 'cuk' has, got 5 of 'used'}}
func.func @lengths(%q: !x, %k: !x, %cuq: !cu, %cuk: tensor<4xi32> {attn.name = "cuk"}, %used: tensor<5xi32> {attn.name = "used", attn.rows = "sequences"}) -> !x {
  %batch = attn.batch queries %cuq keys %cuk : !cu, tensor<4xi32>
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %batch : !x, !x, !x, !attn.batch -> !x, tensor<?x4xf32>
  return %o : !x
}
