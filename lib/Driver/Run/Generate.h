//===- Generate.h - values of a seed ----------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_GENERATE_H
#define FOVEA_LIB_DRIVER_RUN_GENERATE_H

#include "ArgumentRole.h"
#include "fovea/Driver/Run/Workload.h"

namespace fovea {

/// Values for an argument, as its role and the options ask.
NpyArray generate(const ArrayInfo &info, const WorkloadOptions &options,
                  const reference::Sequences &sequences);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_GENERATE_H
