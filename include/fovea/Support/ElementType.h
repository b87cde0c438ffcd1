//===- ElementType.h - Scalar types of arrays -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scalar types that Fovea's arrays hold, and how a double becomes one of
// them. The reference computes in double and rounds only here, at tensor
// boundaries, so these functions round once: a double goes to f16 or bf16
// directly, never through f32.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_SUPPORT_ELEMENTTYPE_H
#define FOVEA_SUPPORT_ELEMENTTYPE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <vector>

namespace fovea {

enum class ElementType { F32, F16, BF16, I32 };

/// The MLIR spelling: "f32", "f16", "bf16" or "i32".
llvm::StringRef getName(ElementType type);

/// Bytes per element.
int64_t getByteWidth(ElementType type);

/// The value of `type` nearest to `value`, ties to even. Floating-point types
/// keep NaN, signed zeros and infinities, have gradual underflow, and round
/// values past the largest finite one to infinity as IEEE 754 does. I32
/// saturates and turns NaN into 0.
double roundTo(ElementType type, double value);

/// Writes roundTo(type, value) to `bytes`, little endian; `bytes` holds at
/// least getByteWidth(type) bytes and may be unaligned.
void encode(ElementType type, double value, uint8_t *bytes);

/// The exact value stored, little endian, in the first getByteWidth(type)
/// bytes of `bytes`, which may be unaligned.
double decode(ElementType type, const uint8_t *bytes);

/// Encodes each value in turn; the result has values.size() *
/// getByteWidth(type) bytes.
std::vector<uint8_t> encodeAll(ElementType type, llvm::ArrayRef<double> values);

/// Decodes bytes.size() / getByteWidth(type) values; a trailing partial
/// element is ignored.
std::vector<double> decodeAll(ElementType type, llvm::ArrayRef<uint8_t> bytes);

} // namespace fovea

#endif // FOVEA_SUPPORT_ELEMENTTYPE_H
