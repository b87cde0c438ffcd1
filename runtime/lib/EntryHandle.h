//===- EntryHandle.h - What a fovea_entry_t is ------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_ENTRYHANDLE_H
#define FOVEA_RUNTIME_LIB_ENTRYHANDLE_H

#include "LaunchEntry.h"

// NOLINTBEGIN(readability-identifier-naming): as the C header names it.

/// An entry knows its bundle, for kernels are loaded at a launch.
struct fovea_entry {
  fovea::rt::Bundle *bundle;
  const fovea::rt::Entry *entry;
};

// NOLINTEND(readability-identifier-naming)

#endif // FOVEA_RUNTIME_LIB_ENTRYHANDLE_H
