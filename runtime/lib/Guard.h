//===- Guard.h - The border of the C interface ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every function of the C interface does around its work: no exception crosses the
// border, and the text of a failure is kept for fovea_last_error.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_GUARD_H
#define FOVEA_RUNTIME_LIB_GUARD_H

#include "Status.h"

#include <exception>
#include <new>

namespace fovea::rt {

/// Keeps the text of this thread's failure; the code of `status`.
fovea_status_t keepError(Status status);
/// The same for too little memory, which leaves none for a text.
fovea_status_t keepOutOfMemory();

/// Runs `body`, which returns a Status, keeps the text of its failure, and turns what
/// the standard library throws into a status.
template <typename Body> fovea_status_t guarded(Body body) {
  try {
    Status status = body();
    return status.failed() ? keepError(std::move(status)) : FOVEA_OK;
  } catch (const std::bad_alloc &) {
    return keepOutOfMemory();
  } catch (const std::exception &error) {
    return keepError({FOVEA_INTERNAL_ERROR, error.what()});
  }
}

/// "expected <what>, got null".
Status expectedPointer(const char *what);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_GUARD_H
