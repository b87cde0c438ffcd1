//===- FuzzNpy.cpp - libFuzzer on the .npy reader -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is read is written and read again: the same array.
//
//===----------------------------------------------------------------------===//

#include "fovea/Support/Npy.h"

#include "llvm/Support/Error.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

using namespace fovea;

/// A file of this process.
static std::string getPath(const char *name) {
  return "/dev/shm/fovea-fuzz-npy-" + std::to_string(getpid()) + name;
}

static void require(bool condition) {
  if (!condition)
    std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::string path = getPath(""), copy = getPath("-copy");
  std::FILE *file = std::fopen(path.c_str(), "wb");
  require(file && std::fwrite(data, 1, size, file) == size && std::fclose(file) == 0);
  llvm::Expected<NpyArray> array = readNpy(path);
  if (!array) {
    require(llvm::toString(array.takeError()).size() < 2000 + path.size());
    return 0;
  }
  if (llvm::Error error = writeNpy(copy, *array)) {
    llvm::consumeError(
        std::move(error)); // a shape whose text passes the header's length
    return 0;
  }
  llvm::Expected<NpyArray> again = readNpy(copy);
  require(bool(again) && again->type == array->type && again->shape == array->shape &&
          again->bytes == array->bytes);
  return 0;
}
