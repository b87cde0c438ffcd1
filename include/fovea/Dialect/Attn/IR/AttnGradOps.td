//===- AttnGradOps.td - gradients beside attention's -------*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Of attn.compress and attn.combine, and the sum where a value is used several times. The
// gradient of a branch of attn.combine needs no operation of its own: it is the combine
// of dout alone, with the branch's column of the gates.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_ATTN_GRAD_OPS_TD
#define FOVEA_ATTN_GRAD_OPS_TD

include "fovea/Dialect/Attn/IR/AttnOps.td"

/// What an `attn.compress` was given, and the gradient of its output; `hidden` is what a
/// hidden layer has, with its assembly.
class Attn_CompressGradOp<string mnemonic, string resultTypes,
                          dag hidden = (ins Variadic<Attn_Packed>:$hidden),
                          string hiddenFormat = "(`hidden` `(` $hidden^ `:` type($hidden) `)`)?">
    : Attn_KernelOp<mnemonic, [AttrSizedOperandSegments]> {
  let arguments = !con(
      (ins Attn_Packed:$dout, Attn_Packed:$input, Attn_Sequences:$cuSeqlens,
           Variadic<Attn_Parameter>:$params, Optional<Attn_Parameter>:$positions),
      hidden, (ins Attn_CompressedAttr:$windows, Attn_PhiAttr:$phi));
  let assemblyFormat = [{
    $dout `of` $input `by` qualified($phi) `into` qualified($windows) `over` $cuSeqlens
    (`params` `(` $params^ `:` type($params) `)`)?
    (`positions` `(` $positions^ `:` type($positions) `)`)?
    }] # hiddenFormat # [{ attr-dict `:` type($dout) `,` type($input) `,` type($cuSeqlens) `->` }] # resultTypes;
  let hasVerifier = 1;
}

def Attn_CompressGradHiddenOp : Attn_CompressGradOp<
    "compress_grad_hidden", "type($active) `,` type($dhidden)", (ins), ""> {
  let summary = "the hidden layer of a compression, and its gradient";
  let description = [{
    What phi computes in between, for each window, and the gradient of what that is computed
    from. With y and a of `#attn.phi`, d the window's row of dout, and m numbers, which are
    the rows of a window for `gated`:

    | kind    | active   | dhidden |
    | ------- | -------- | --- |
    | `mlp`   | `act(h), h = B1^T concat(y) + b1` | of h: `act'(h) * (B2 d)` |
    | `gated` | `a`      | of the logits: `a_r (y_r . d - sum_i a_i y_i . d)` |

    Rows that are no sequence's window hold 0. act' of relu is 0 where its argument is not
    above 0, and a row whose logit is -inf has 0 of both.

    `attn.compress_grad_input` and `attn.compress_grad_params` take both: what is left of
    the gradient is sums of products with them.

    | value    | shape             | meaning |
    | -------- | ----------------- | --- |
    | operands | see `attn.compress_grad_input` | |
    | active   | `[T / d, Hkv, m]` | the hidden layer |
    | dhidden  | `[T / d, Hkv, m]` | gradient of what it is computed from |

    Constraints: what `compress_c1` to `compress_c3` and `compress_c5` say of input, parameters
    and positions, and `compress_c4` and `compress_c6` of dout as the output;
    `compress_grad_hidden_c1` phi is `mlp` or `gated`; `compress_grad_hidden_c2` active and dhidden are
    `[T / d, Hkv, m]` of the input's element type or f32.

    Lowers to one tile kernel with windows as rows, as `attn.compress` does.

    Example:
    ```mlir
    %a, %dh = attn.compress_grad_hidden %dkc of %k by #attn.phi<mlp, hidden = 64>
        into #attn.compressed<block = 4, stride = 2> over %cu
        params(%B1, %b1, %B2, %b2 : tensor<4x512x64xbf16>, tensor<4x64xbf16>,
               tensor<4x64x128xbf16>, tensor<4x128xbf16>)
        : tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32>
          -> tensor<?x4x64xbf16>, tensor<?x4x64xbf16>
    ```
  }];
  let results = (outs Attn_Packed:$active, Attn_Packed:$dhidden);
}

def Attn_CompressGradInputOp : Attn_CompressGradOp<"compress_grad_input", "type($dinput)"> {
  let summary = "gradient of what is compressed";
  let description = [{
    `dinput[u,g]` is the sum, over the windows that hold token u as their row r, of
    `(dphi/dy_r)^T dout[window,g]` with phi and y of `#attn.phi`:

    | kind       | `(dphi/dy_r)^T d` |
    | ---------- | --- |
    | `mean`     | `d / l` |
    | `weighted` | `w[g,r] d` |
    | `gated`    | `active_r d + dhidden_r u[g]` |
    | `linear`   | `A[g,r] d` |
    | `mlp`      | rows `r*D` to `r*D + D-1` of `B1 dhidden` |

    A token in no window gets 0. active and dhidden are the window's rows of what
    `attn.compress_grad_hidden` gives, the index that of the row.

    | value      | shape             | meaning |
    | ---------- | ----------------- | --- |
    | dout       | `[T / d, Hkv, D]` | gradient of the compressed rows |
    | input      | `[T, Hkv, D]`     | what `attn.compress` was given, as all that follows |
    | cu_seqlens | `[B + 1]` i32     | see the dialect |
    | params     | see `#attn.phi`   | weights of phi |
    | positions  | `[Hkv, l, D]`     | added to each row of a window |
    | hidden     | two of `[T / d, Hkv, m]` | active and dhidden, of `mlp` and `gated` |
    | dinput     | `[T, Hkv, D]`     | |

    Constraints: what `compress_c1` to `compress_c3` and `compress_c5` say of input, parameters
    and positions, and `compress_c4` and `compress_c6` of dout as the output;
    `compress_grad_input_c1` dinput is `[T, Hkv, D]` of the input's element type or f32;
    `compress_grad_input_c2` hidden are two of `[T / d, Hkv, m]` where phi is `mlp` or
    `gated`, of the input's element type or f32, and none elsewhere.

    Tiled by strides of tokens, each of which is in the windows that begin with it and
    before: one owner per element.

    Example:
    ```mlir
    %dk = attn.compress_grad_input %dkc of %k by #attn.phi<mean>
        into #attn.compressed<block = 32, stride = 16> over %cu
        : tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32> -> tensor<?x4x128xf32>
    ```
  }];
  let results = (outs Attn_Packed:$dinput);
}

def Attn_CompressGradParamsOp : Attn_CompressGradOp<"compress_grad_params", "type($grads)"> {
  let summary = "gradients of phi's weights and of positions";
  let description = [{
    One result for each parameter, in order, and one for the positions where there are
    any. With phi and y of `#attn.phi`, d the window's row of dout, active and dhidden those
    of hidden, each sum over the windows of all sequences:

    | kind       | gradients |
    | ---------- | --- |
    | `weighted` | `dw[g,r] = sum y_r . d` |
    | `gated`    | `dc[g,r] = sum dhidden_r`, `du[g] = sum sum_r dhidden_r y_r` |
    | `linear`   | `dA[g,r] = sum y_r d^T` |
    | `mlp`      | `dB1 = sum concat(y) dhidden^T`, `db1 = sum dhidden`, `dB2 = sum active d^T`, `db2 = sum d` |
    | positions  | `dpositions[g,r] = sum (dphi/dy_r)^T d`, see `attn.compress_grad_input` |

    | value    | shape          | meaning |
    | -------- | -------------- | --- |
    | operands | see `attn.compress_grad_input` | |
    | grads    | as the params, then the positions | |

    Constraints: what `compress_c1` to `compress_c3` and `compress_c5` say of input, parameters
    and positions, and `compress_c4` and `compress_c6` of dout as the output;
    `compress_grad_params_c1` there is a result for each parameter and for the positions, at
    least one; `compress_grad_params_c2` each has its value's shape, and its element type or
    f32; `compress_grad_params_c3` as `compress_grad_input_c2`.

    Example:
    ```mlir
    %dw, %dpos = attn.compress_grad_params %dkc of %k by #attn.phi<weighted>
        into #attn.compressed<block = 32, stride = 16> over %cu
        params(%w : tensor<4x32xbf16>) positions(%pos : tensor<4x32x128xbf16>)
        : tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32>
          -> tensor<4x32xf32>, tensor<4x32x128xf32>
    ```
  }];
  let results = (outs Variadic<Attn_Parameter>:$grads);
}

def Attn_CombineGradGatesOp : Attn_KernelOp<
    "combine_grad_gates", [AttrSizedOperandSegments, SameVariadicResultSize]> {
  let summary = "gradient of a gated sum's gates, and what its attentions' gradients read";
  let description = [{
    `dgates[t,h,c] = dout[t,h] . branches_c[t,h]` for the column c of each branch; with
    mode `logits` that times `p (1 - p)`, p being `sigmoid(gates[t,h,c])`. A column that
    several branches have gets their sum, and one that none has gets 0. With `over`, rows
    that are no sequence's get 0, whatever stands in them.

    With `lse`, those of the attentions whose out the branches are, it gives what these
    attentions' gradients take in place of lse and delta to be of dout as it is, though
    theirs is `p dout`: `deltas_c = dout . branches_c` and `gated_c = lses_c - ln p`. The
    probabilities are `p P = exp(s' - gated_c)` then, and `p P (dout . v - deltas_c)` is
    what `dS = P (p dout . v - p dout . branches_c)` is. An lse of -inf stays one; a gate
    of -inf makes gated_c +inf, whose probabilities are 0. Rows that are no sequence's get
    0 of both with `over`.

    | value    | shape              | meaning |
    | -------- | ------------------ | --- |
    | dout     | `[T, Hq, Dv]`      | gradient of the sum |
    | gates    | `[T, Hq, C]`, or `[T, Hq, N]` with `columns` | of `attn.combine`, as all that follows |
    | branches | C of `[T, Hq, Dv]` | |
    | lses     | C of `[T, Hq]` f32, or none | those of the attentions |
    | cu_seqlens | `[B + 1]` i32    | see the dialect; or none |
    | dgates   | as the gates       | |
    | gated    | as the lses        | lse of each attention's probabilities times its gate |
    | deltas   | as the lses        | delta of each attention, of dout |

    Constraints: what `combine_c1` to `combine_c6` say of branches, gates and columns, and
    of dout as the out; `combine_grad_gates_c1` dgates have the gates' shape, and their
    element type or f32; `combine_grad_gates_c2` lses are none, or one `[T, Hq]` for each
    branch, of mode `logits`: gates that are values may be negative, and have no logarithm;
    `combine_grad_gates_c3` there are as many gated as lses, and as many deltas, `[T, Hq]`;
    `combine_grad_gates_c4` static row counts agree.

    Example:
    ```mlir
    %dg = attn.combine_grad_gates %do, %g of %a, %b logits
        : (tensor<?x64x128xbf16>, tensor<?x64x2xbf16>, tensor<?x64x128xbf16>,
           tensor<?x64x128xbf16>) -> tensor<?x64x2xbf16>
    %dh, %m, %delta = attn.combine_grad_gates %do, %g of %a lse %l columns [1] logits
        : (tensor<?x64x128xbf16>, tensor<?x64x2xbf16>, tensor<?x64x128xbf16>,
           tensor<?x64xf32>) -> (tensor<?x64x2xbf16>, tensor<?x64xf32>, tensor<?x64xf32>)
    ```
  }];
  let arguments = (ins Attn_Packed:$dout, Attn_Packed:$gates,
                       Variadic<Attn_Packed>:$branches, Variadic<Attn_RowStat>:$lses,
                       Optional<Attn_Sequences>:$cuSeqlens,
                       OptionalAttr<DenseI64ArrayAttr>:$columns, Attn_GateMode:$mode);
  let results = (outs Attn_Packed:$dgates, Variadic<Attn_RowStat>:$gated,
                      Variadic<Attn_RowStat>:$deltas);
  let assemblyFormat = [{
    $dout `,` $gates `of` $branches (`lse` $lses^)? (`over` $cuSeqlens^)?
    (`columns` $columns^)? $mode attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// The column of the gates that is branch number `branch`'s.
    int64_t getGateColumn(size_t branch) {
      return getColumns() ? (*getColumns())[branch] : branch;
    }
  }];
  let hasVerifier = 1;
}

def Attn_SumOp : Attn_KernelOp<"sum"> {
  let summary = "elementwise sum";
  let description = [{
    `out = sum_i parts_i`, element by element, computed in f32 or better and rounded once:
    the gradient of a value that is used several times. One part is rounded alone. `of` says
    what the rows count, as `attn.rows` does on arguments: nothing else here does.

    | value | shape | meaning |
    | ----- | ----- | --- |
    | parts | all as out | |
    | out   | any   | |

    Constraints: `sum_c1` there is a part; `sum_c2` parts and out have one shape;
    `sum_c3` `of` is "static", "tokens" or "tokens / <number>".

    Example:
    ```mlir
    %dk = attn.sum %a, %b of "tokens"
        : (tensor<?x4x128xf32>, tensor<?x4x128xf32>) -> tensor<?x4x128xbf16>
    ```
  }];
  let arguments = (ins Variadic<Attn_Parameter>:$parts, StrAttr:$rows);
  let results = (outs Attn_Parameter:$out);
  let assemblyFormat = [{
    $parts `of` $rows attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // FOVEA_ATTN_GRAD_OPS_TD
