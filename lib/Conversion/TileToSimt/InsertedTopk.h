//===- InsertedTopk.h - a streaming top-k, one by one -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_INSERTEDTOPK_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_INSERTEDTOPK_H

#include "TopkRows.h"

namespace fovea::tile_to_simt {

/// Candidates are inserted as they come: one's place is the number of entries that are
/// at least as good, and making room for it is a shuffle for each 32 of them. Nothing
/// waits.
class InsertedTopk final : public TopkRows {
public:
  using TopkRows::TopkRows;
  void takeIn(const Offer &offer) override;
  void flush() override {}
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_INSERTEDTOPK_H
