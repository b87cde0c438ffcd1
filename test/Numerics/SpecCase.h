//===- SpecCase.h - one spec and one batch of the numerics draw -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_NUMERICS_SPECCASE_H
#define FOVEA_TEST_NUMERICS_SPECCASE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fovea::test {

/// A whole NSA spec, a batch to run it on, and how to compile it.
struct SpecCase {
  std::string label;            ///< the choices, readable, on one line
  std::string spec;             ///< the text of one attn.spec @spec
  std::vector<int64_t> lengths; ///< of the batch's sequences
  bool fuse = true;
  bool dyadic = false; ///< exact inputs with planted ties: blocks must match exactly
  uint64_t seed = 0;
};

/// A seeded pairwise cover, of at least `count` cases, of head dims, group and head
/// counts, block sizes, top-k counts, windows, phi, gates, element types, batch shapes,
/// own and shared K/V, fusion, and inputs.
std::vector<SpecCase> makeSpecCases(size_t count, uint64_t seed);

} // namespace fovea::test

#endif // FOVEA_TEST_NUMERICS_SPECCASE_H
