//===- PageTables.h - caches to run a function on ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A made up cache holds the rows that a packed array would, in pages that lie in no
// order: who reads it right gives the same. Slots of no token are not numbers, and
// entries behind a sequence's last page name no page, or one of another sequence.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_PAGETABLES_H
#define FOVEA_LIB_DRIVER_RUN_PAGETABLES_H

#include "ArgumentRole.h"
#include "fovea/Reference/Array.h"
#include "fovea/Reference/Sequences.h"

namespace fovea {

/// Pages of a made up cache: of all tokens that there are rows for, and some more.
int64_t countPages(int64_t keyTokens, int64_t tokensPerPage);

/// The tables of all sequences, whose rows are whole pages.
std::vector<int32_t> makePageTable(const reference::Sequences &sequences,
                                   int64_t tokensPerPage, uint64_t seed);

/// The shape of the rows that the cache `info` holds of `keyTokens` tokens.
std::vector<int64_t> getPackedShape(const ArrayInfo &info, int64_t keyTokens);

/// The cache `info` of these rows, whose pages are as the table says.
reference::Array scatterToPages(const ArrayInfo &info, const reference::Array &rows,
                                const reference::Sequences &sequences, uint64_t seed);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_PAGETABLES_H
