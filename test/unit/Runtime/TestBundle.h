//===- TestBundle.h - Bundles for the runtime's tests -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_UNIT_RUNTIME_TESTBUNDLE_H
#define FOVEA_TEST_UNIT_RUNTIME_TESTBUNDLE_H

#include "Program.h"
#include "fovea/runtime.hpp"

namespace fovea::rt::test {

/// The bytes of a bundle: header, manifest, padding, blobs.
std::string makeFile(const std::string &manifest, const std::string &blobs);

/// `text` with its one occurrence of `from` replaced.
std::string replaced(std::string text, const std::string &from, const std::string &to);

/// Two entries' worth of manifest: `forward`, which compresses q's tokens by 16 into
/// an intermediate and attends to it, and `copy`, with one launch and no workspace.
std::string getManifest();
/// The cubins that belong to it, padded: as much of two as the reader looks at.
std::string getBlobs();
inline std::string getFile() { return makeFile(getManifest(), getBlobs()); }

/// The same for sm_80, whose cubins have PTX beside them: "first ptx" and "other ptx".
std::string getPortableManifest();
std::string getPortableBlobs();
inline std::string getPortableFile() {
  return makeFile(getPortableManifest(), getPortableBlobs());
}

/// getManifest()'s with a check of `forward`'s cu_seqlens.
std::string getCheckedManifest();
inline std::string getCheckedFile() {
  return makeFile(getCheckedManifest(), getBlobs());
}

/// Reads a bundle that must be valid.
Program readProgram(const std::string &file);

/// The arguments of `forward`: q, cu_seqlens and out, of `tokens` tokens, at addresses
/// that nothing reads.
class ForwardArguments {
public:
  explicit ForwardArguments(int64_t tokens, int64_t sequences = 1);
  ForwardArguments(const ForwardArguments &) = delete;
  ForwardArguments &operator=(const ForwardArguments &) = delete;

  static void *address(uintptr_t value) { return reinterpret_cast<void *>(value); }

  int64_t rows[3];
  int64_t ends[1];
  std::vector<fovea_tensor_t> tensors;
  fovea_call_t call = {};
};

} // namespace fovea::rt::test

#endif // FOVEA_TEST_UNIT_RUNTIME_TESTBUNDLE_H
