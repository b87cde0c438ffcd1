//===- ManifestField.h - A place in a manifest ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks a manifest with the path from its root in hand, so that every complaint names
// the place: "entries[0].launches[1].kernel: expected 0 to 2, got 7".
//
// The first failure is kept, and what follows it reads as zeros and empty lists: a
// reader is straight-line code that asks for the status once, or before it uses a
// number as an index.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_MANIFESTFIELD_H
#define FOVEA_RUNTIME_LIB_MANIFESTFIELD_H

#include "Json.h"

#include <initializer_list>

namespace fovea::rt {

class ManifestField {
public:
  /// `status` takes the first failure below `value`; both outlive the field.
  ManifestField(const JsonValue &value, Status &status)
      : value(&value), status(&status) {}

  /// The value of an object's key, which must be there.
  ManifestField operator[](std::string_view key) const;
  /// Element `i` of an array that has one.
  ManifestField operator[](size_t i) const;
  bool has(std::string_view key) const;

  /// The elements of an array; none after a failure.
  std::vector<ManifestField> getElements() const;
  /// A string without NUL.
  std::string getString() const;
  bool getBoolean() const;
  bool isInteger() const { return value->kind == JsonValue::Kind::Integer; }
  int64_t getInteger() const;
  /// An integer from `low` to `high`, `low` after a failure.
  int64_t getInteger(int64_t low, int64_t high) const;
  /// A number of one of `count` things; `what` names them: "kernels".
  uint32_t getIndex(size_t count, const char *what) const;
  /// Which of `names` the string is; 0 after a failure.
  size_t getChoice(std::initializer_list<const char *> names) const;

  bool failed() const { return status->failed(); }
  /// Keeps "path: text", unless something failed before.
  void fail(const std::string &text) const;

private:
  ManifestField(const JsonValue &value, Status &status, std::string path)
      : value(&value), status(&status), path(std::move(path)) {}
  /// Whether the value is of that kind; fails otherwise.
  bool check(JsonValue::Kind kind) const;

  const JsonValue *value;
  Status *status;
  std::string path;
};

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_MANIFESTFIELD_H
