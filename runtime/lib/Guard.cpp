//===- Guard.cpp - The border of the C interface --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Guard.h"

using namespace fovea::rt;

namespace {
/// A thread's last error. Too little memory for a text leaves a text that needs none.
struct LastError {
  std::string text;
  bool outOfMemory = false;
};
} // namespace

static thread_local LastError lastError;

static constexpr const char *outOfMemoryText = "expected host memory, got none left";

fovea_status_t fovea::rt::keepError(Status status) {
  lastError.text = status.getText();
  lastError.outOfMemory = false;
  return status.getCode();
}

fovea_status_t fovea::rt::keepOutOfMemory() {
  lastError.outOfMemory = true;
  return FOVEA_OUT_OF_MEMORY;
}

Status fovea::rt::expectedPointer(const char *what) {
  return invalidArgument(std::string("expected ") + what + ", got null");
}

const char *fovea_last_error(void) {
  return lastError.outOfMemory ? outOfMemoryText : lastError.text.c_str();
}
