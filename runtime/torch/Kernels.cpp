//===- Kernels.cpp - The kernels that the operations know -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Kernels.h"

#include <torch/csrc/inductor/aoti_torch/c/shim.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

using namespace fovea::ops;

namespace {

struct Known {
  std::shared_mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<const Kernel>> kernels;
  std::unordered_map<int64_t, std::shared_ptr<const Entry>> entries;
  int64_t lastNumber = 0;
};

} // namespace

/// It is never destroyed: threads may still call when the process ends.
static Known &getKnown() {
  static Known &known = *new Known;
  return known;
}

static int32_t getTorchType(fovea_type_t type) {
  switch (type) {
  case FOVEA_BF16:
    return aoti_torch_dtype_bfloat16();
  case FOVEA_F16:
    return aoti_torch_dtype_float16();
  case FOVEA_F32:
    return aoti_torch_dtype_float32();
  case FOVEA_I32:
    return aoti_torch_dtype_int32();
  case FOVEA_I64:
    return aoti_torch_dtype_int64();
  }
  return -1;
}

static Argument readArgument(const fovea_argument_info_t &info) {
  return {info.type,   getTorchType(info.type),
          info.rows,   info.tokens_per_row,
          info.output, {info.shape, info.shape + info.rank}};
}

static Entry readEntry(const fovea_torch_entry &given) {
  Entry entry{{},
              0,
              false,
              false,
              false,
              given.function,
              given.most_tokens,
              given.handle,
              given.runtime,
              given.on_cuda};
  for (size_t i = 0; i < given.argument_count; ++i)
    entry.arguments.push_back(readArgument(given.arguments[i]));
  entry.inputCount = static_cast<size_t>(
      std::count_if(entry.arguments.begin(), entry.arguments.end(),
                    [](const Argument &argument) { return !argument.output; }));
  entry.countsKeys = std::any_of(
      entry.arguments.begin(), entry.arguments.end(),
      [](const Argument &argument) { return argument.rows == FOVEA_ROWS_KEY_TOKENS; });
  entry.countsPages = std::any_of(
      entry.arguments.begin(), entry.arguments.end(),
      [](const Argument &argument) { return argument.rows == FOVEA_ROWS_PAGES; });
  entry.hasRowPerKey = std::any_of(
      entry.arguments.begin(), entry.arguments.end(), [](const Argument &argument) {
        return argument.rows == FOVEA_ROWS_KEY_TOKENS && argument.tokensPerRow == 1;
      });
  return entry;
}

/// Of tokens that are two dimensions a tensor has one more. Arguments that count what
/// this library has no rule for are Python's.
static bool isTaken(const fovea_torch_entry &entry) {
  const fovea_argument_info_t *end = entry.arguments + entry.argument_count;
  return entry.argument_count <= mostArguments &&
         std::all_of(entry.arguments, end, [](const fovea_argument_info_t &argument) {
           return argument.rank < mostDims && argument.rows <= FOVEA_ROWS_PAGES;
         });
}

std::shared_ptr<const Kernel> fovea::ops::findKernel(const std::string &kernel) {
  Known &known = getKnown();
  std::shared_lock lock(known.mutex);
  auto found = known.kernels.find(kernel);
  return found == known.kernels.end() ? nullptr : found->second;
}

std::shared_ptr<const Entry> fovea::ops::findEntry(int64_t number) {
  Known &known = getKnown();
  std::shared_lock lock(known.mutex);
  auto found = known.entries.find(number);
  return found == known.entries.end() ? nullptr : found->second;
}

uint32_t fovea_torch_abi() { return FOVEA_TORCH_ABI; }

bool fovea_torch_add(const char *kernel, size_t bytes, const fovea_torch_entry *forward,
                     const fovea_torch_entry *backward) {
  if (!isTaken(*forward) || (backward && !isTaken(*backward)))
    return false;
  auto made = std::make_shared<Kernel>();
  made->forward = readEntry(*forward);
  if (backward)
    made->backward = readEntry(*backward);
  Known &known = getKnown();
  std::unique_lock lock(known.mutex);
  known.kernels[{kernel, bytes}] = std::move(made);
  return true;
}

void fovea_torch_remove(const char *kernel, size_t bytes,
                        const fovea_entry_t *forward) {
  Known &known = getKnown();
  std::unique_lock lock(known.mutex);
  auto found = known.kernels.find({kernel, bytes});
  if (found != known.kernels.end() && found->second->forward.handle == forward)
    known.kernels.erase(found);
}

int64_t fovea_torch_add_entry(const fovea_torch_entry *entry) {
  if (!isTaken(*entry))
    return 0;
  auto made = std::make_shared<const Entry>(readEntry(*entry));
  Known &known = getKnown();
  std::unique_lock lock(known.mutex);
  known.entries[++known.lastNumber] = std::move(made);
  return known.lastNumber;
}

void fovea_torch_remove_entry(int64_t number) {
  Known &known = getKnown();
  std::unique_lock lock(known.mutex);
  known.entries.erase(number);
}
