//===- KeySets.h - The key sets of NSA, as equations ------------*- C++ -*-===//

#ifndef FOVEA_TEST_UNIT_REFERENCE_KEYSETS_H
#define FOVEA_TEST_UNIT_REFERENCE_KEYSETS_H

#include "fovea/Reference/KeySet.h"
#include "fovea/Reference/Sequences.h"
#include "llvm/ADT/STLExtras.h"

namespace fovea::reference {

inline int64_t allTokens(int64_t length) { return length; }

inline KeySet makeFull() {
  return {[](int64_t, int64_t, int64_t, llvm::ArrayRef<int32_t>) { return true; },
          allTokens};
}

inline KeySet makeCausal() {
  return {[](int64_t, int64_t t, int64_t u, llvm::ArrayRef<int32_t>) { return u <= t; },
          allTokens};
}

/// The last `width` tokens, the query's own included.
inline KeySet makeWindow(int64_t width) {
  return {[=](int64_t, int64_t t, int64_t u, llvm::ArrayRef<int32_t>) {
            return u <= t && u > t - width;
          },
          allTokens};
}

/// Windows whose last token is not past the query.
inline KeySet makeCompressed(int64_t block, int64_t stride) {
  return {[=](int64_t, int64_t t, int64_t u, llvm::ArrayRef<int32_t>) {
            return u * stride + block - 1 <= t;
          },
          [=](int64_t length) { return numWindows(length, block, stride); }, stride};
}

inline KeySet makeSelected(int64_t selectBlock) {
  return {[=](int64_t, int64_t t, int64_t u, llvm::ArrayRef<int32_t> indices) {
            return u <= t && llvm::is_contained(indices, u / selectBlock);
          },
          allTokens};
}

} // namespace fovea::reference

#endif // FOVEA_TEST_UNIT_REFERENCE_KEYSETS_H
