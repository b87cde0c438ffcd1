//===- Evaluate.h - A launch program for given array shapes -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything that a launch needs beside addresses, from shapes alone: values, shapes
// and places of intermediates, grids. No device is asked.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_EVALUATE_H
#define FOVEA_RUNTIME_LIB_EVALUATE_H

#include "PackWorkspace.h"
#include "Program.h"

namespace fovea::rt {

/// How many programs a launch has along each axis, 1 along an axis that it lacks.
struct Grid {
  std::array<int64_t, maxGridRank> sizes = {};
  int64_t programs = 1;
};

struct Evaluation {
  std::vector<int64_t> values;
  std::vector<Shape> workspaceShapes;
  WorkspaceLayout workspace;
  std::vector<Grid> grids;      // one per launch
  std::vector<Grid> checkGrids; // one per check
};

/// `shapes` are the arguments' and fit the entry. Fails on overflow, on a division by 0
/// and on a negative size, naming the number of the value or the intermediate.
Status evaluate(const Entry &entry, const std::vector<Shape> &shapes,
                Evaluation &result);

/// The number of bytes of an array; fails on overflow.
bool countBytes(const Shape &shape, const ElementTypeInfo &type, int64_t &bytes);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_EVALUATE_H
