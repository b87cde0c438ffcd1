//===- PatternPlot.h - which keys each query attends to ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DRIVER_COMPILE_PATTERNPLOT_H
#define FOVEA_DRIVER_COMPILE_PATTERNPLOT_H

#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "fovea/Reference/Array.h"

#include <optional>
#include <string>

namespace llvm {
class raw_ostream;
}

namespace fovea {

/// One branch of a run.
struct PatternPanel {
  std::string title;
  attn::KeySetInterface keys;
  /// The lists of the plotted sequence's tokens, [L, Hkv, n], where `keys`
  /// needs them; KV head 0 is drawn.
  std::optional<reference::IndexArray> indices;
};

/// Draws one panel per branch as SVG: queries of a sequence of `length` tokens
/// downwards, key tokens to the right, from `contains` alone. A compressed key
/// is drawn as the tokens that it stands for. At most 256 x 256 cells per
/// panel; a cell's shade is the share of its (query, token) pairs that attend.
void plotPatterns(llvm::ArrayRef<PatternPanel> panels, int64_t length,
                  llvm::StringRef caption, llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_DRIVER_COMPILE_PATTERNPLOT_H
