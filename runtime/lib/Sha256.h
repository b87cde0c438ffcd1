//===- Sha256.h - FIPS 180-4 ------------------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_SHA256_H
#define FOVEA_RUNTIME_LIB_SHA256_H

#include <string>
#include <string_view>

namespace fovea::rt {

/// The hash of `bytes` as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_SHA256_H
