//===- Forward.h - The whole forward of NSA from reference ops --*- C++ -*-===//

#ifndef FOVEA_TEST_UNIT_REFERENCE_FORWARD_H
#define FOVEA_TEST_UNIT_REFERENCE_FORWARD_H

#include "KeySets.h"
#include "fovea/Reference/Attend.h"
#include "fovea/Reference/Combine.h"
#include "fovea/Reference/Compress.h"
#include "fovea/Reference/ScoreBlocks.h"
#include "fovea/Reference/SelectTopk.h"

namespace fovea::reference {

struct ForwardOptions {
  BlockSizes sizes{8, 4, 16};
  int64_t count = 4, initial = 1, local = 2, window = 12;
};

struct ForwardOperands {
  Array query, key, value; ///< [T, Hq, Dk], [T, Hkv, Dk], [T, Hkv, Dv]
  Array gates;             ///< [T, Hq, 3], logits: compressed, selected, window
};

struct ForwardResult {
  Array compressedKey, compressedLse, scores, output;
  IndexArray indices;
};

/// phi is the mean, and the operands fit: the caller made them.
inline ForwardResult runForward(const ForwardOperands &in,
                                const ForwardOptions &options,
                                const Sequences &sequences) {
  const auto &[block, stride, selectBlock] = options.sizes;
  double scale = getDefaultScale(in.query.dim(2));
  ForwardResult result;
  CompressOptions compression{block, stride};
  result.compressedKey = llvm::cantFail(compress({in.key}, compression, sequences));
  Array compressedValue = llvm::cantFail(compress({in.value}, compression, sequences));
  AttendResult compressed =
      llvm::cantFail(attend({in.query, result.compressedKey, compressedValue},
                            makeCompressed(block, stride), sequences, scale));
  result.compressedLse = compressed.lse;
  result.scores =
      llvm::cantFail(scoreBlocks({in.query, result.compressedKey, compressed.lse},
                                 options.sizes, scale, sequences));
  result.indices = llvm::cantFail(selectTopk(
      result.scores, {selectBlock, options.count, options.initial, options.local},
      sequences));
  AttendResult selected =
      llvm::cantFail(attend({in.query, in.key, in.value, &result.indices},
                            makeSelected(selectBlock), sequences, scale));
  AttendResult window = llvm::cantFail(attend(
      {in.query, in.key, in.value}, makeWindow(options.window), sequences, scale));
  result.output =
      llvm::cantFail(combine(in.gates, GateKind::Logits,
                             {&compressed.output, &selected.output, &window.output}));
  return result;
}

} // namespace fovea::reference

#endif // FOVEA_TEST_UNIT_REFERENCE_FORWARD_H
