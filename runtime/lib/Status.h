//===- Status.h - Success, or a code with one line of text ------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_STATUS_H
#define FOVEA_RUNTIME_LIB_STATUS_H

#include "fovea/runtime.h"

#include <string>
#include <utility>

namespace fovea::rt {

/// What a step that can fail returns. Text is lower case, `expected X, got Y`.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(fovea_status_t code, std::string text) : code(code), text(std::move(text)) {}

  bool failed() const { return code != FOVEA_OK; }
  fovea_status_t getCode() const { return code; }
  const std::string &getText() const { return text; }

  /// The same failure, said of `place`: "place: text".
  Status at(const std::string &place) const {
    return failed() ? Status(code, place + ": " + text) : *this;
  }

private:
  fovea_status_t code = FOVEA_OK;
  std::string text;
};

/// printf into a string.
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
std::string format(const char *pattern, ...);

/// A failure of the caller's: a tensor, a size, a pointer.
inline Status invalidArgument(std::string text) {
  return {FOVEA_INVALID_ARGUMENT, std::move(text)};
}

/// A failure of the file's.
inline Status invalidBundle(std::string text) {
  return {FOVEA_INVALID_BUNDLE, std::move(text)};
}

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_STATUS_H
