//===- Json.h - A small, strict JSON reader ---------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads RFC 8259 and nothing beside it: no comments, no trailing commas, no text
// after the value, valid UTF-8. Two keys of one name in an object are an error, and
// so is nesting deeper than `maxJsonDepth`.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_JSON_H
#define FOVEA_RUNTIME_LIB_JSON_H

#include "Status.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace fovea::rt {

constexpr unsigned maxJsonDepth = 64;

/// One JSON value. Which members mean something depends on `kind`.
struct JsonValue {
  enum class Kind { Null, Boolean, Integer, Real, String, Array, Object };
  /// "an object" and so on, for messages.
  static const char *getKindName(Kind kind);
  /// An object's value of that name; null where there is none.
  const JsonValue *find(std::string_view key) const;

  Kind kind = Kind::Null;
  bool boolean = false;
  int64_t integer = 0;
  /// A string's bytes, in UTF-8. A Real's digits as written: no user needs its value.
  std::string string;
  /// Elements of an array, or values of an object.
  std::vector<JsonValue> elements;
  /// Names of an object's values, in the order of `elements`.
  std::vector<std::string> keys;
};

/// Reads `text` into `value`. A failure names the byte: "byte 12: expected ',' or '}',
/// got 'x'".
Status readJson(std::string_view text, JsonValue &value);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_JSON_H
