//===- KeySetProperties.h - the contract of a key set, tried ----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The contract of KeySet.h, as properties that are held against nothing but `contains`,
// on drawn lengths, query tiles and key blocks. They are the same for the key sets of
// Fovea and for those of plugins: a unit test and `attn-check-key-sets` run them.
//
// Lengths are the awkward ones up to 128, as many drawn ones up to 300 as try each
// width of key blocks twice, and a few of thousands, of which not every pair is tried
// (of hundreds, for the cost, which counts them all). Widths are what schedules have:
// 1, 2, 4, 8, and the multiples of 16 up to 256.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_KEYSETCHECK_KEYSETPROPERTIES_H
#define FOVEA_KEYSETCHECK_KEYSETPROPERTIES_H

#include "fovea/KeySetCheck/KeySetEvaluator.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <random>

namespace fovea::attn {

/// What is wrong with a key set, with the numbers that show it; or nothing.
using KeySetFault = std::optional<std::string>;

/// Tries one key set, of which checkNumbers finds nothing. The same seed draws the same
/// cases.
class KeySetChecker {
public:
  KeySetChecker(KeySetInterface set, uint32_t seed);

  KeySetFault checkNumKeys();
  KeySetFault checkVisits();
  KeySetFault checkMask();
  KeySetFault checkTranspose();
  KeySetFault checkTransposedMask();
  KeySetFault checkScalarMask();
  KeySetFault checkFarMask();
  KeySetFault checkCost();

private:
  int64_t draw(int64_t low, int64_t high);
  /// A key-block width that the set allows, one that divides its listed blocks: each in
  /// turn.
  int64_t nextKeyBlock();
  Span drawQueries();
  /// Positions of `range`: all of them, or of many its ends and some drawn ones.
  std::vector<int64_t> sample(Span range);
  /// Runs `check` on sequences of drawn lengths, the awkward ones first, up to
  /// `longest`, until it finds a fault.
  KeySetFault forLengths(llvm::function_ref<KeySetFault()> check,
                         int64_t longest = 10000);
  KeySetFault checkNumKeysOf(int64_t tokens);
  KeySetFault checkMaskOf(Span queries, int64_t block, int64_t keyBlock, bool isFull);
  KeySetFault checkTransposeOf(int64_t block, int64_t keyBlock);
  /// Whether query t sees key u, where the key's block is listed for it. Keys past the
  /// last one are seen by nobody.
  bool sees(int64_t t, int64_t u);
  int64_t countPairs(int64_t count);
  /// Queries of the sequence around `edges`, and a drawn one.
  std::vector<int64_t> tryAround(std::initializer_list<int64_t> edges);
  /// `text`, unless something did not fold.
  KeySetFault report(const std::string &text) const;

  KeySetInterface set;
  KeySetEvaluator evaluator;
  std::mt19937 random;
  std::vector<int64_t> keyBlocks; ///< that the set allows
  size_t nextWidth = 0;
  int64_t length = 0;
};

/// One property by name, as in "visits".
struct KeySetProperty {
  llvm::StringLiteral name;
  KeySetFault (KeySetChecker::*check)();
};

/// All of them.
llvm::ArrayRef<KeySetProperty> getKeySetProperties();

} // namespace fovea::attn

#endif // FOVEA_KEYSETCHECK_KEYSETPROPERTIES_H
