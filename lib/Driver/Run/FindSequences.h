//===- FindSequences.h - the sequences of a run -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_FINDSEQUENCES_H
#define FOVEA_LIB_DRIVER_RUN_FINDSEQUENCES_H

#include "ArgumentRole.h"
#include "fovea/Driver/Run/Workload.h"
#include "fovea/Reference/Sequences.h"

#include <optional>

namespace fovea {

/// The sizes of a batch of these sequences.
BatchSizes getSizes(const reference::Sequences &sequences);

/// The sequences that the files of arguments and the options describe. An error names
/// the argument or the option.
llvm::Expected<reference::Sequences>
findSequences(llvm::ArrayRef<ArrayInfo> infos,
              llvm::ArrayRef<std::optional<NamedArray>> files,
              const WorkloadOptions &options);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_FINDSEQUENCES_H
