// Each part is compiled and run by check-odd-functions.py.

// A declaration beside a spec says nothing.
// right
func.func private @helper(tensor<?x2x8xf32>)
attn.spec @s heads 4 over 2 dims 16 x 16 of f16 { attn.branch @b sees #attn.causal }

// -----

// refused: expected an attn.spec or a function of attn operations, got neither
func.func private @helper(tensor<?x2x8xf32>)

// -----

// refused: expected specs and functions of attn operations, got a function without any
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}
func.func @other(%x: f32) -> f32 {
  return %x : f32
}

// -----

// refused: expected 'x' to be a ranked tensor of f32, f16, bf16 or i32 without an encoding, got 'f32'
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: f32 {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: expected 'x' to be a ranked tensor of f32, f16, bf16 or i32 without an encoding, got 'tensor<*xf32>'
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: tensor<*xf32> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: to be a ranked tensor of f32, f16, bf16 or i32 without an encoding
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: tensor<8xf64> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: to be a ranked tensor of f32, f16, bf16 or i32 without an encoding
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: tensor<8xi64> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: to be a ranked tensor of f32, f16, bf16 or i32 without an encoding
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: tensor<4xi1> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: to be a ranked tensor of f32, f16, bf16 or i32 without an encoding
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: tensor<4xindex> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: to be a ranked tensor of f32, f16, bf16 or i32 without an encoding
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: memref<4xf32> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: to be a ranked tensor of f32, f16, bf16 or i32 without an encoding
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: tensor<4xsi32> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: to be a ranked tensor of f32, f16, bf16 or i32 without an encoding
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: index {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: to be a ranked tensor of f32, f16, bf16 or i32 without an encoding
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: tensor<8xf32, 1 : i32> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: to be a ranked tensor of f32, f16, bf16 or i32 without an encoding
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: tuple<> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: to be a ranked tensor of f32, f16, bf16 or i32 without an encoding
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: vector<4xf32> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: expected a body of one block, got 2
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  cf.br ^b
^b:
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: to be a ranked tensor of f32, f16, bf16 or i32 without an encoding, got 'i32'
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}, i32) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  %c = arith.constant 0 : i32
  return %o, %c : tensor<?x4x16xf16>, i32
}

// -----

// refused: expected attn operations and a return only
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %s = arith.addf %q, %q : tensor<?x4x16xf16>
  %o, %l = attn.attend %s sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: expected attn operations and a return only
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  %z = func.call @f(%o, %k, %cu) : (tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?xi32>) -> tensor<?x4x16xf16>
  return %z : tensor<?x4x16xf16>
}

// -----

// The same value as queries, keys and values; an argument of static rows that nothing reads.
// right
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: tensor<5x0xf32> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: expected attn.rows on 'x', for nothing here reads it
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: tensor<?x4xf32> {attn.name = "x"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// right
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %x: tensor<?x4xf32> {attn.name = "x", attn.rows = "tokens / 3"}, %e: tensor<?xi32> {attn.name = "e", attn.rows = "sequence_ends"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: expected attn.rows of 'k' to be "tokens", as k of attn.attend, got "tokens / 2"
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k", attn.rows = "tokens / 2"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// A value of two kinds of rows.
// refused: expected the rows of 'v' to count one thing, got tokens as input of attn.compress and tokens / 4 as v of attn.attend
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %v: tensor<?x2x16xf16> {attn.name = "v"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu : tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x2x16xf16>
  %vc = attn.compress %v by #attn.phi<mean> into #attn.compressed<block = 4, stride = 4> over %cu : tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x2x16xf16>
  %o, %l = attn.attend %q sees #attn.compressed<block = 4, stride = 4> in %kc, %v, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// Keys with too few rows.
// refused: expected rows of k that count tokens, got tokens / 4 of attn.compress
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x2x16xf16>
  %o, %l = attn.attend %q sees #attn.causal in %kc, %kc, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: expected 100 tokens as 'q' has, got 64 of 'g'
func.func @f(%q: tensor<100x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %g: tensor<64x4x1xf16> {attn.name = "g"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<100x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  %r = attn.combine %o gates %g logits : (tensor<?x4x16xf16>, tensor<64x4x1xf16>) -> tensor<?x4x16xf16>
  return %r : tensor<?x4x16xf16>
}

// -----

// right
func.func @f(%q: tensor<100x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<4xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<100x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<4xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// refused: expected a dynamic size, or one that follows from the function's arguments and results, for the rows of out, got 100
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<100x4x16xf16>, tensor<?x4xf32>
  %p, %m = attn.attend %o sees #attn.causal in %k, %k, %cu : tensor<100x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %p : tensor<?x4x16xf16>
}

// -----

// refused below attn: expected to return distinct results of attn operations, not arguments
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16>, tensor<?x4x16xf16>) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o, %o : tensor<?x4x16xf16>, tensor<?x4x16xf16>
}

// -----

// refused: expected kv heads to divide query heads, got 3 and 4
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x3x16xf16>, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x3x16xf16>, tensor<?x3x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// Nothing reads the attend.
// right
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %dead, %dl = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o : tensor<?x4x16xf16>
}

// -----

// Results of different rows.
// right
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}, tensor<?x2x16xf16> {attn.name = "kc"}) {
  %kc = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x2x16xf16>
  %o, %l = attn.attend %q sees #attn.compressed<block = 8, stride = 4> in %kc, %kc, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %o, %kc : tensor<?x4x16xf16>, tensor<?x2x16xf16>
}

// -----

// Gates that an attend computes: heads of one element, which no fragment of a GPU has.
// not for a GPU
// right
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %w: tensor<?x4x1xf16> {attn.name = "w"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  %g, %gl = attn.attend %w sees #attn.window<4> in %w, %w, %cu : tensor<?x4x1xf16>, tensor<?x4x1xf16>, tensor<?x4x1xf16>, tensor<?xi32> -> tensor<?x4x1xf16>, tensor<?x4xf32>
  %r = attn.combine %o gates %g logits : (tensor<?x4x16xf16>, tensor<?x4x1xf16>) -> tensor<?x4x16xf16>
  return %r : tensor<?x4x16xf16>
}

// -----

// Fusion leaves apart what one kernel cannot compute: other heads, other sequences.
// right
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %k4: tensor<?x4x16xf16> {attn.name = "k4"}, %g: tensor<?x4x2xf16> {attn.name = "g"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  %b, %bl = attn.attend %q sees #attn.causal in %k4, %k4, %cu : tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  %r = attn.combine %o, %b gates %g logits : (tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x2xf16>) -> tensor<?x4x16xf16>
  return %r : tensor<?x4x16xf16>
}

// -----

// right
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %cu2: tensor<?xi32> {attn.name = "cu2"}, %g: tensor<?x4x2xf16> {attn.name = "g"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  %b, %bl = attn.attend %q sees #attn.causal in %k, %k, %cu2 : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  %r = attn.combine %o, %b gates %g logits : (tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x2xf16>) -> tensor<?x4x16xf16>
  return %r : tensor<?x4x16xf16>
}

// -----

// A top-k over the scores of other sequences' queries, apart from them.
// right
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %kc: tensor<?x2x16xf16> {attn.name = "kc"}, %lse: tensor<?x4xf32> {attn.name = "lse"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %cu2: tensor<?xi32> {attn.name = "cu2"}) -> (tensor<?x2x2xi32> {attn.name = "i"}) {
  %s = attn.score_blocks %q over #attn.compressed<block = 32, stride = 16> into #attn.selected<block = 64> in %kc, %lse, %cu : tensor<?x4x16xf16>, tensor<?x2x16xf16>, tensor<?x4xf32>, tensor<?xi32> -> tensor<?x2x?xf32>
  %i = attn.select_topk %s, %cu2 of #attn.selected<block = 64> top 2 initial 0 local 1 : tensor<?x2x?xf32>, tensor<?xi32> -> tensor<?x2x2xi32>
  return %i : tensor<?x2x2xi32>
}

// -----

// What a group hands through or says twice.
// right
func.func @f(%q: tensor<?x4x16xf16> {attn.name = "q"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}) -> (tensor<?x4x16xf16> {attn.name = "o"}) {
  %0:3 = attn.group {
  %o, %l = attn.attend %q sees #attn.causal in %q, %q, %cu : tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
    attn.yield %o, %q, %o : tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x16xf16>
  } : tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x16xf16>
  %p, %m = attn.attend %0#1 sees #attn.causal in %0#0, %0#2, %cu : tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?x4x16xf16>, tensor<?xi32> -> tensor<?x4x16xf16>, tensor<?x4xf32>
  return %p : tensor<?x4x16xf16>
}

// -----

// A group without operations, one of a compress, one of two top-k.
// right
func.func @f(%k: tensor<?x2x16xf16> {attn.name = "k"}, %cu: tensor<?xi32> {attn.name = "cu_seqlens"}, %s: tensor<?x2x4xf32> {attn.name = "s"}) -> (tensor<?x2x16xf16> {attn.name = "kc"}, tensor<?x2x2xi32> {attn.name = "i"}, tensor<?x2x1xi32> {attn.name = "j"}) {
  attn.group {
  }
  %kc = attn.group {
    %c = attn.compress %k by #attn.phi<mean> into #attn.compressed<block = 8, stride = 4> over %cu : tensor<?x2x16xf16>, tensor<?xi32> -> tensor<?x2x16xf16>
    attn.yield %c : tensor<?x2x16xf16>
  } : tensor<?x2x16xf16>
  %t:2 = attn.group {
    %i = attn.select_topk %s, %cu of #attn.selected<block = 64> top 2 initial 0 local 1 : tensor<?x2x4xf32>, tensor<?xi32> -> tensor<?x2x2xi32>
    %j = attn.select_topk %s, %cu of #attn.selected<block = 64> top 1 initial 0 local 1 : tensor<?x2x4xf32>, tensor<?xi32> -> tensor<?x2x1xi32>
    attn.yield %i, %j : tensor<?x2x2xi32>, tensor<?x2x1xi32>
  } : tensor<?x2x2xi32>, tensor<?x2x1xi32>
  return %kc, %t#0, %t#1 : tensor<?x2x16xf16>, tensor<?x2x2xi32>, tensor<?x2x1xi32>
}

// -----

// refused: expected specs and functions of attn operations, got tile.kernel
tile.kernel @k(%x: memref<?x4xf32>) {
  tile.return
}
func.func @f(%x: memref<?x4xf32>) -> i32 attributes {tile.entry} {
  %z = arith.constant 0 : i32
  return %z : i32
}

// -----

// refused: expected specs and functions of attn operations, got a function without any
func.func @f(%x: memref<?x4xf32> {tile.name = "x"}) -> i32 attributes {tile.entry} {
  %z = arith.constant 0 : i32
  return %z : i32
}

// -----

// refused: expected specs and functions of attn operations, got llvm.func
llvm.func @f() {
  llvm.return
}

// -----

// refused: expected specs and functions of attn operations, got builtin.module
module {
  attn.spec @s heads 2 over 1 dims 8 x 8 of f32 { attn.branch @b sees #attn.causal }
}
attn.spec @t heads 2 over 1 dims 8 x 8 of f32 { attn.branch @b sees #attn.causal }
