//===- TensorMap.h - TMA descriptors of row-major arrays --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_TENSORMAP_H
#define FOVEA_RUNTIME_LIB_TENSORMAP_H

#include "Driver.h"
#include "Program.h"

namespace fovea::rt {

/// A row-major contiguous array, wherever it lies.
struct ArrayView {
  const ElementTypeInfo *type = nullptr;
  Shape shape;
};

/// Encodes the map that `param` describes of `view`, whose rank is the box's, but for
/// the address: that is set by setAddress. The driver knows no empty arrays: the map of
/// one is that of one element, whatever memory it is given then; all that a kernel
/// reads of it but that element is zero, and no kernel reads such an array.
Status encodeTensorMap(const Driver &driver, const Param &param, const ArrayView &view,
                       TensorMap &map);

/// Has `map` describe the array at `address`, which is device memory of the view's
/// size, aligned to 16 bytes: the driver takes any address.
Status setAddress(const Driver &driver, TensorMap &map, void *address);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_TENSORMAP_H
