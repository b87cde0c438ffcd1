//===- FuzzBundle.cpp - libFuzzer on the runtime's bundle reader ----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads a bundle by the C interface and asks for everything that it says, with
// arguments of several sizes. No driver is opened. Each input is loaded twice, the
// second time with the hash that its manifest has: else none but the first check would
// be seen.
//
//===----------------------------------------------------------------------===//

#include "Sha256.h"
#include "fovea/runtime.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

/// Every size of the program is computed, for tensors with `rows` where a size is
/// dynamic.
static void computeSizes(const fovea_entry_t *entry, size_t arguments, int64_t rows) {
  std::vector<std::vector<int64_t>> shapes(arguments);
  std::vector<fovea_tensor_t> tensors(arguments);
  for (size_t i = 0; i < arguments; ++i) {
    fovea_argument_info_t info;
    if (fovea_entry_describe_argument(entry, i, &info) != FOVEA_OK)
      std::abort();
    for (uint32_t axis = 0; axis < info.rank; ++axis)
      shapes[i].push_back(info.shape[axis] < 0 ? rows : info.shape[axis]);
    tensors[i] = {nullptr, info.type, info.rank, shapes[i].data()};
  }
  size_t bytes = 0;
  fovea_status_t status =
      fovea_entry_workspace_bytes(entry, tensors.data(), arguments, &bytes);
  if (status == FOVEA_INTERNAL_ERROR || (status == FOVEA_OK && bytes % 256 != 0))
    std::abort();
}

static void visit(fovea_bundle_t *bundle) {
  fovea_bundle_info_t info;
  if (fovea_bundle_describe(bundle, &info) != FOVEA_OK)
    std::abort();
  for (size_t i = 0; i < info.kernel_count; ++i) {
    fovea_kernel_info_t kernel;
    if (fovea_bundle_describe_kernel(bundle, i, &kernel) != FOVEA_OK)
      std::abort();
  }
  for (size_t i = 0; i < info.entry_count; ++i) {
    const fovea_entry_t *entry = nullptr;
    fovea_entry_info_t about;
    if (fovea_bundle_get_entry(bundle, i, &entry) != FOVEA_OK ||
        fovea_entry_describe(entry, &about) != FOVEA_OK)
      std::abort();
    for (size_t launch = 0; launch < about.launch_count; ++launch) {
      size_t kernel = 0;
      if (fovea_entry_get_launch(entry, launch, &kernel) != FOVEA_OK ||
          kernel >= info.kernel_count)
        std::abort();
    }
    for (int64_t rows : {int64_t(0), int64_t(1), int64_t(100), int64_t(1) << 40})
      computeSizes(entry, about.argument_count, rows);
  }
}

static void load(std::string_view bytes) {
  fovea_bundle_t *bundle = nullptr;
  if (fovea_bundle_load_memory(bytes.data(), bytes.size(), &bundle) != FOVEA_OK) {
    if (fovea_last_error()[0] == '\0')
      std::abort();
    return;
  }
  visit(bundle);
  fovea_bundle_free(bundle);
}

/// A header (docs/bundle.md): 8 bytes of format, the manifest's length in 8, its hash
/// in 32.
static std::string seal(std::string bytes) {
  constexpr size_t hashAt = 16, headerBytes = 48;
  if (bytes.size() < headerBytes)
    return bytes;
  uint64_t length;
  std::memcpy(&length, bytes.data() + 8, sizeof(length));
  length = std::min<uint64_t>(length, bytes.size() - headerBytes);
  std::string digits =
      fovea::rt::sha256(std::string_view(bytes).substr(headerBytes, length));
  for (size_t i = 0; i < digits.size(); i += 2)
    bytes[hashAt + i / 2] = char(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string bytes(reinterpret_cast<const char *>(data), size);
  load(bytes);
  load(seal(std::move(bytes)));
  return 0;
}
