//===- AttnAttrs.td - key sets and compression functions ---*- tablegen -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_ATTN_ATTRS_TD
#define FOVEA_ATTN_ATTRS_TD

include "fovea/Dialect/Attn/IR/AttnDialect.td"
include "fovea/Dialect/Attn/IR/KeySetInterface.td"
include "fovea/Dialect/Attn/IR/RankerInterface.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class Attn_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Attn_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

/// A key set whose interface methods are written in KeySets.cpp.
class Attn_KeySet<string name, string attrMnemonic, list<string> overridden = []>
    : Attn_Attr<name, attrMnemonic, [DeclareAttrInterfaceMethods<
        Attn_KeySetInterface, overridden>]>;

def Attn_FullAttr : Attn_KeySet<"Full", "full"> {
  let summary = "every key of the sequence";
  let description = "`contains(L, t, u) = u < L`. Example: `#attn.full`.";
}

def Attn_CausalAttr : Attn_KeySet<"Causal", "causal"> {
  let summary = "every key up to the query";
  let description = "`contains(L, t, u) = u <= t`. Example: `#attn.causal`.";
}

def Attn_WindowAttr : Attn_KeySet<"Window", "window"> {
  let summary = "the last `size` keys, the query's own included";
  let description = [{
    `contains(L, t, u) = max(0, t - size + 1) <= u <= t`: `size` tokens, self
    included. Example: `#attn.window<512>`.

    Constraints: `window_c1` 1 <= size < 2^31: positions are i32.
  }];
  let parameters = (ins "int64_t":$size);
  let assemblyFormat = "`<` $size `>`";
  let genVerifyDecl = 1;
}

def Attn_CompressedAttr : Attn_KeySet<"Compressed", "compressed",
    ["getNumKeys", "getKeyStride", "emitNumKeys"]> {
  let summary = "one key per window of tokens";
  let description = [{
    Key i stands for tokens `[i*stride, i*stride + block)`, and a partial last
    window is dropped: `numKeys(L) = L >= block ? (L - block) / stride + 1 : 0`.
    A query sees a window that ends at or before it:
    `contains(L, t, i) = i*stride + block - 1 <= t` (NSA, text above Eq 8).
    Example: `#attn.compressed<block = 32, stride = 16>`.

    Constraints: `compressed_c1` stride >= 1; `compressed_c2` stride divides block;
    `compressed_c3` block <= 2^20, so that the i32 position of a window's end, a key
    block past the sequence included, does not overflow.
  }];
  let parameters = (ins "int64_t":$block, "int64_t":$stride);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Attn_SelectedAttr : Attn_KeySet<"Selected", "selected",
    ["needsIndices", "getIndexBlock"]> {
  let summary = "the keys of listed blocks, up to the query";
  let description = [{
    Each (query, KV head) brings a list of block numbers; -1 is an unused slot, the
    order does not matter, entries are distinct.
    `contains(L, t, u) = (u / block is listed) and u <= t`. Example:
    `#attn.selected<block = 64>`.

    Constraints: `selected_c1` 1 <= block <= 2^20.
  }];
  let parameters = (ins "int64_t":$block);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Attn_PhiKind : I32EnumAttr<"PhiKind", "how a window becomes one key", [
    I32EnumAttrCase<"Mean", 0, "mean">,
    I32EnumAttrCase<"Weighted", 1, "weighted">,
    I32EnumAttrCase<"Gated", 2, "gated">,
    I32EnumAttrCase<"Linear", 3, "linear">,
    I32EnumAttrCase<"Mlp", 4, "mlp">]> {
  let cppNamespace = "::fovea::attn";
  let genSpecializedAttr = 0;
}

def Attn_Activation : I32EnumAttr<"Activation", "activation of phi = mlp", [
    I32EnumAttrCase<"Relu", 0, "relu">,
    I32EnumAttrCase<"Gelu", 1, "gelu">,
    I32EnumAttrCase<"Silu", 2, "silu">]> {
  let cppNamespace = "::fovea::attn";
  let genSpecializedAttr = 0;
}

def Attn_PhiAttr : Attn_Attr<"Phi", "phi"> {
  let summary = "the compression function of one window";
  let description = [{
    `phi` maps the rows `y_0 .. y_{l-1}` of a window of one KV head g to one row
    (NSA, Eq 7). `y_r = x_r + positions[g, r]` where positions are given.

    | kind       | value                                  | parameters, in order |
    | ---------- | -------------------------------------- | --- |
    | `mean`     | `(1/l) sum_r y_r`                      | none |
    | `weighted` | `sum_r w[g,r] y_r`                     | `w [Hkv, l]` |
    | `gated`    | `sum_r a_r y_r, a = softmax_r(u[g].y_r + c[g,r])` | `u [Hkv, D]`, `c [Hkv, l]` |
    | `linear`   | `sum_r A[g,r]^T y_r`                   | `A [Hkv, l, D, D]` |
    | `mlp`      | `B2^T act(B1^T concat(y) + b1) + b2`   | `B1 [Hkv, l*D, m]`, `b1 [Hkv, m]`, `B2 [Hkv, m, D]`, `b2 [Hkv, D]` |

    `hidden` is m and `activation` is act; both belong to `mlp` alone. gelu is the
    erf form. Examples: `#attn.phi<mean>`, `#attn.phi<mlp, hidden = 64,
    activation = silu>`.

    Constraints: `phi_c1` hidden of 1 to 4096 for mlp; `phi_c2` hidden and activation are
    for mlp only.
  }];
  let parameters = (ins "::fovea::attn::PhiKind":$kind, "int64_t":$hidden,
                        "::fovea::attn::Activation":$activation);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [AttrBuilder<(ins "::fovea::attn::PhiKind":$kind), [{
    return $_get($_ctxt, kind, kind == PhiKind::Mlp ? 64 : 0, Activation::Gelu);
  }]>];
  let extraClassDeclaration = [{
    /// Names of the parameters, in operand order: `w`; `u`, `c`; `A`; ...
    ::llvm::SmallVector<::llvm::StringRef> getParameterNames() const;
    /// Shape of parameter `i` for `heads` KV heads, window length `block` and
    /// row length `dim`.
    ::llvm::SmallVector<int64_t> getParameterShape(unsigned i, int64_t heads,
                                                   int64_t block, int64_t dim) const;
    /// What each window has of a hidden layer for window length `block`: m of `mlp`, a
    /// logit for each row of `gated`; 0 where there is none.
    int64_t getHiddenSize(int64_t block) const;
  }];
}

def Attn_IndexActivation : I32EnumAttr<"IndexActivation",
    "what becomes of an index product", [
    I32EnumAttrCase<"Identity", 0, "identity">,
    I32EnumAttrCase<"Relu", 1, "relu">]> {
  let cppNamespace = "::fovea::attn";
}

/// A ranker whose interface methods are written in Rankers.cpp.
class Attn_Ranker<string name, string attrMnemonic, list<string> overridden = []>
    : Attn_Attr<name, attrMnemonic, [DeclareAttrInterfaceMethods<
        Attn_RankerInterface, overridden>]>;

def Attn_MaxIndexAttr : Attn_Ranker<"MaxIndex", "max_index"> {
  let summary = "ranks a block by its best key (MSA)";
  let description = [{
    `s[t,g,j] = max over visible keys u of block j of sum_{h of g} iq[t,h] . ik[u]`: no
    softmax, no scale. The arguments are `q [T, Hi, Di]` and `k [T, Hik, Di]`. Example:
    `#attn.max_index`.
  }];
}

def Attn_ReluIndexAttr : Attn_Ranker<"ReluIndex", "relu_index", ["verifyBlocks"]> {
  let summary = "ranks a block by a weighted sum of rectified products (DSA, GLM, QSA)";
  let description = [{
    Keys are the means `pk[i]` of `pool` tokens each, `ik[i*pool] .. ik[i*pool + pool-1]`,
    and `s[t,g,j] = max over visible i of block j of
    sum_{h of g} w[t,h] * max(0, iq[t,h] . pk[i])`. A query sees a mean once its last
    token is there: `i*pool + pool - 1 <= t`. The tokens past the last whole pool of a
    sequence are in no mean: their block is taken where it is forced, or where another
    mean of it ranks high. With `pool = 1` keys are the tokens themselves. The arguments
    are `q [T, Hi, Di]`, `k [T, Hik, Di]` and the weights `w [T, Hi]` of f32. Example:
    `#attn.relu_index<pool = 4>`.

    Constraints: `relu_index_c1` pool is 1 to 2^20.
  }];
  let parameters = (ins "int64_t":$pool);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Attn_GateMode : I32EnumAttr<"GateMode", "what the gate operand holds", [
    I32EnumAttrCase<"Logits", 0, "logits">,
    I32EnumAttrCase<"Values", 1, "values">]> {
  let cppNamespace = "::fovea::attn";
}

def Attn_Entries : I32BitEnumAttr<"Entries", "the functions that a spec gives", [
    I32BitEnumAttrCaseBit<"Forward", 0, "forward">,
    I32BitEnumAttrCaseBit<"Backward", 1, "backward">,
    I32BitEnumAttrCaseBit<"Extend", 2, "extend">,
    I32BitEnumAttrCaseBit<"Decode", 3, "decode">]> {
  let cppNamespace = "::fovea::attn";
  let separator = "|";
}

#endif // FOVEA_ATTN_ATTRS_TD
