//===- LaunchEntry.h - From a call to kernels on a stream -------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_LAUNCHENTRY_H
#define FOVEA_RUNTIME_LIB_LAUNCHENTRY_H

#include "LoadedKernels.h"

namespace fovea::rt {

/// A loaded bundle.
struct Bundle {
  std::string bytes; // of the file
  Program program;
  KernelCache kernels;
};

/// How much workspace a call with these tensors needs, by fovea_entry_workspace_bytes.
Status queryWorkspace(const Entry &entry, const fovea_tensor_t *tensors, size_t count,
                      size_t &bytes);

/// Loads the bundle's kernels into the current context.
Status prepareBundle(Bundle &bundle);

/// Which launches of an entry: `first` <= i < `last`.
struct LaunchRange {
  size_t first;
  size_t last;
};

/// Checks everything and makes all parameters, then launches: a call that fails before
/// the driver refuses a launch has launched nothing.
Status launchEntry(Bundle &bundle, const Entry &entry, const fovea_call_t &call,
                   LaunchRange range);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_LAUNCHENTRY_H
