//===- Interface.h - What Python tells the operations -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C interface between fovea/_operations.py, which knows the kernels of this
// process, and the operations, which call them. Kernels are known by a string, as
// fovea/autograd.py says:
//
//   fovea_torch_add(kernel, bytes, &forward, &backward);   a kernel was loaded
//   fovea_torch_remove(kernel, bytes, handle);             it is about to be freed
//
// and Python makes the calls that the operations do not, by fovea::in_python.
//
// Strings and structs are copied. Every function may be called from every thread.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_TORCH_INTERFACE_H
#define FOVEA_RUNTIME_TORCH_INTERFACE_H

#include "fovea/runtime.h"

// NOLINTBEGIN(readability-identifier-naming): these are C's names.

extern "C" {

/// Grows when this interface changes.
enum { FOVEA_TORCH_ABI = 1 };

/// What launches an entry of a bundle: the functions of fovea/runtime.h, of the library
/// that loaded the bundle.
struct fovea_torch_runtime {
  decltype(&fovea_entry_workspace_bytes) workspace_bytes;
  decltype(&fovea_entry_launch) launch;
};

/// An entry, of a bundle or of a shared library for the CPU.
struct fovea_torch_entry {
  const fovea_argument_info_t *arguments; ///< in order; names are not looked at
  size_t argument_count;
  int32_t (*function)(const void *fields); ///< the CPU's; null: `handle` is launched
  int64_t most_tokens;                     ///< of the CPU's function; -1: any number
  const fovea_entry_t *handle;
  fovea_torch_runtime runtime;
  bool on_cuda; ///< where its tensors are; else on the CPU
};

/// FOVEA_TORCH_ABI of the library that is loaded.
FOVEA_API uint32_t fovea_torch_abi();

/// Has the operations know a kernel, in the place of one of the same string. `backward`
/// is null where there is none. False: an entry has more arguments or dimensions than
/// the operations take, or counts other rows; they do not know the kernel then.
FOVEA_API bool fovea_torch_add(const char *kernel, size_t bytes,
                               const fovea_torch_entry *forward,
                               const fovea_torch_entry *backward);

/// Has the operations forget the kernel, if its forward entry is that one.
FOVEA_API void fovea_torch_remove(const char *kernel, size_t bytes,
                                  const fovea_entry_t *forward);

/// The number by which fovea::launch knows an entry of a bundle; 0 where
/// fovea_torch_add would be false. It is to be removed before its bundle is freed.
FOVEA_API int64_t fovea_torch_add_entry(const fovea_torch_entry *entry);
FOVEA_API void fovea_torch_remove_entry(int64_t number);

/// Has the call that this thread left to Python fail with that text.
FOVEA_API void fovea_torch_fail(const char *text);

/// How many calls were made by this library, and how many were left to Python.
FOVEA_API void fovea_torch_count(uint64_t *made, uint64_t *left);
}

// NOLINTEND(readability-identifier-naming)

#endif // FOVEA_RUNTIME_TORCH_INTERFACE_H
