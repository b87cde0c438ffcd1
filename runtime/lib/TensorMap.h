//===- TensorMap.h - TMA descriptors of row-major arrays --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_TENSORMAP_H
#define FOVEA_RUNTIME_LIB_TENSORMAP_H

#include "Driver.h"
#include "Program.h"

namespace fovea::rt {

/// An array in device memory.
struct ArrayView {
  void *address = nullptr;
  const ElementTypeInfo *type = nullptr;
  Shape shape;
};

/// Encodes the map that `param` describes of `view`, whose rank is the box's. A size of
/// 0 is encoded as 1, for the driver knows no empty arrays: no kernel reads such a
/// view.
Status encodeTensorMap(const Driver &driver, const Param &param, const ArrayView &view,
                       TensorMap &map);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_TENSORMAP_H
