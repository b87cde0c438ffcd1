//===- Parallel.h - several calls at a time ---------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_SUPPORT_PARALLEL_H
#define FOVEA_SUPPORT_PARALLEL_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstddef>

namespace fovea {

/// Calls `work` with each number below `count`, up to `jobs` of them at a time (0: as
/// many as there are cores for this process), and returns when all calls have. They
/// begin in order; with one job each ends before the next begins, on the caller's
/// thread. `work` says whether it succeeded: where it did not, no higher number begins
/// any more. Returns the lowest number that failed, which is the same for any `jobs` if
/// what `work` does is; `count` if none did.
size_t runInParallel(size_t count, unsigned jobs,
                     llvm::function_ref<bool(size_t)> work);

} // namespace fovea

#endif // FOVEA_SUPPORT_PARALLEL_H
