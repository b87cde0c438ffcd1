//===- LaunchEntry.h - From a call to kernels on a stream -------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_LAUNCHENTRY_H
#define FOVEA_RUNTIME_LIB_LAUNCHENTRY_H

#include "LoadedKernels.h"
#include "Plan.h"

namespace fovea::rt {

/// A loaded bundle.
struct Bundle {
  std::string bytes; // of the file
  Program program;
  KernelCache kernels;
  std::unique_ptr<PlanCache[]> plans; // one per entry of the program

  PlanCache &getPlans(const Entry &entry) {
    return plans[&entry - program.entries.data()];
  }
};

/// How much workspace a call with these tensors needs, by fovea_entry_workspace_bytes.
Status queryWorkspace(Bundle &bundle, const Entry &entry, const fovea_tensor_t *tensors,
                      size_t count, size_t &bytes);

/// Loads the bundle's kernels into the current context.
Status prepareBundle(Bundle &bundle);

/// Which launches of an entry: `first` <= i < `last`.
struct LaunchRange {
  size_t first;
  size_t last;
};

/// Checks everything and makes all parameters, then launches: a call that fails before
/// the driver refuses a launch has launched nothing. A checked call's checks go first.
Status launchEntry(Bundle &bundle, const Entry &entry, const fovea_call_t &call,
                   LaunchRange range);

/// Launches the entry's checks alone, waits, and says what they found; see
/// fovea_entry_check.
Status checkEntry(Bundle &bundle, const Entry &entry, const fovea_call_t &call);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_LAUNCHENTRY_H
