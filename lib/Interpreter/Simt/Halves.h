//===- Halves.h - 16-bit floats as bits -------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_INTERPRETER_SIMT_HALVES_H
#define FOVEA_LIB_INTERPRETER_SIMT_HALVES_H

#include "fovea/Dialect/Simt/IR/Simt.h"

namespace fovea::simt {

/// The number that the low 16 bits are.
float decodeHalf(Half type, uint64_t bits);

/// The nearest one, ties to even.
uint64_t encodeHalf(Half type, float value);

} // namespace fovea::simt

#endif // FOVEA_LIB_INTERPRETER_SIMT_HALVES_H
