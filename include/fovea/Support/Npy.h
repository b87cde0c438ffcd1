//===- Npy.h - NumPy's .npy files -------------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads and writes one array per file, in the formats 1.0, 2.0 and 3.0 of
// numpy.lib.format: little endian and C order only.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_SUPPORT_NPY_H
#define FOVEA_SUPPORT_NPY_H

#include "fovea/Support/ElementType.h"
#include "llvm/Support/Error.h"

namespace fovea {

/// An array as a file stores it: row-major, little endian.
struct NpyArray {
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
  /// getByteWidth(type) bytes per element of `shape`.
  std::vector<uint8_t> bytes;
};

/// Reads the array in `path`. Element types are '<f4', '<f2', '<i4', and bf16,
/// which NumPy lacks: a two-byte '|V2' (what ml_dtypes writes) or '<u2'.
/// An error is one message of the form "<path>: expected X, got Y".
llvm::Expected<NpyArray> readNpy(llvm::StringRef path);

/// Writes `array` to `path` in format 1.0, with bf16 as '|V2'. An error is one
/// message of the form "<path>: ...": the file cannot be written, or the bytes
/// do not fill the shape.
llvm::Error writeNpy(llvm::StringRef path, const NpyArray &array);

} // namespace fovea

#endif // FOVEA_SUPPORT_NPY_H
