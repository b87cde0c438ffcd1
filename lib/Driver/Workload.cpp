//===- Workload.cpp - arrays to run a function on -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Workload.h"

#include "ArgumentRole.h"
#include "Random.h"
#include "fovea/Reference/Array.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <limits>
#include <optional>
#include <set>

using namespace fovea;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using reference::Sequences;

static constexpr int64_t defaultTokens = 1024;
/// Dyadic keys repeat with this period in tokens: blocks of 64 and less that
/// are a period apart hold the same keys.
static constexpr int64_t dyadicPeriod = 256;

static std::string formatShape(llvm::ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '[';
  llvm::interleaveComma(shape, stream, [&](int64_t size) {
    if (mlir::ShapedType::isDynamic(size))
      stream << '?';
    else
      stream << size;
  });
  stream << ']';
  return text;
}

//===----------------------------------------------------------------------===//
// Generated values
//===----------------------------------------------------------------------===//

static double drawDyadic(Random &random) {
  return (random.below(9) - 4) / 4.0;
}

/// Fills rows [T, ...] along each sequence.
static void fillRows(const ArrayInfo &info, const WorkloadOptions &options,
                     const Sequences &sequences, reference::Array &array) {
  Random random(options.seed, info.name);
  if (options.data == DataKind::Normal || array.rank() == 0 ||
      array.dim(0) == 0) {
    for (double &value : array.data)
      value = random.normal();
    return;
  }
  int64_t rowSize = array.data.size() / array.dim(0);
  int64_t period = std::max<int64_t>(1, dyadicPeriod / info.tokensPerRow);
  bool repeats = info.name != "q";
  int64_t begin = 0;
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t end = sequences.offsets[b + 1] / info.tokensPerRow;
    for (int64_t row = begin; row < end; ++row)
      for (int64_t i = row * rowSize; i < (row + 1) * rowSize; ++i) {
        int64_t position = row - begin;
        if (options.data == DataKind::Dyadic)
          array.data[i] = repeats && position >= period
                              ? array.data[i - period * rowSize]
                              : drawDyadic(random);
        else // a stationary walk: the variance stays 1
          array.data[i] =
              position == 0 ? random.normal()
                            : 0.95 * array.data[i - rowSize] +
                                  std::sqrt(1 - 0.95 * 0.95) * random.normal();
      }
    begin = end;
  }
}

/// Weights that keep the size of what they multiply: N(0, 1 / fan-in).
static void fillParameter(const ArrayInfo &info, const WorkloadOptions &options,
                          reference::Array &array) {
  Random random(options.seed, info.name);
  // The last axis of a matrix is its output; a vector is all input.
  int64_t fanIn = array.rank() <= 2 ? array.shape.back()
                                    : reference::getNumElements(array.shape) /
                                          array.dim(0) / array.shape.back();
  for (double &value : array.data)
    value = options.data == DataKind::Dyadic
                ? drawDyadic(random) / 4
                : random.normal() / std::sqrt(double(fanIn));
}

/// Lists of up to n distinct blocks, the query's own first.
static void fillIndices(const ArrayInfo &info, const WorkloadOptions &options,
                        const Sequences &sequences, reference::Array &array) {
  Random random(options.seed, info.name);
  std::fill(array.data.begin(), array.data.end(), -1);
  for (int64_t b = 0; b < sequences.size(); ++b)
    for (int64_t t = 0; t < sequences.length(b); ++t)
      for (int64_t g = 0; g < array.dim(1); ++g) {
        auto list = array.slice(sequences.begin(b) + t, g);
        int64_t own = t / info.block;
        int64_t count = std::min<int64_t>(list.size(), own + 1);
        std::set<int64_t> chosen{own};
        while (int64_t(chosen.size()) < count)
          chosen.insert(random.below(own + 1));
        std::copy(chosen.begin(), chosen.end(), list.begin());
      }
}

static NpyArray generate(const ArrayInfo &info, const WorkloadOptions &options,
                         const Sequences &sequences) {
  reference::Array array(
      info.getShape(sequences.offsets.back(), sequences.size()));
  switch (info.role) {
  case Role::Rows:
    fillRows(info, options, sequences, array);
    break;
  case Role::GateValues: {
    Random random(options.seed, info.name);
    for (double &value : array.data)
      value = options.data == DataKind::Dyadic ? random.below(5) / 4.0
                                               : random.uniform();
    break;
  }
  case Role::Parameter:
    fillParameter(info, options, array);
    break;
  case Role::Indices:
    fillIndices(info, options, sequences, array);
    break;
  case Role::CuSeqlens:
    array.data.assign(sequences.offsets.begin(), sequences.offsets.end());
    break;
  }
  return {info.type, array.shape, encodeAll(info.type, array.data)};
}

static StringRef getSourceText(const ArrayInfo &info, DataKind data) {
  if (info.role == Role::CuSeqlens)
    return "from the lengths";
  switch (data) {
  case DataKind::Normal:
    return "generated, normal";
  case DataKind::Dyadic:
    return "generated, dyadic";
  case DataKind::Correlated:
    return "generated, correlated";
  }
  llvm_unreachable("unknown kind of data");
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// Reads the array of an argument; the dynamic sizes may be any.
static Expected<NpyArray> readInput(const ArrayInfo &info, StringRef path) {
  Expected<NpyArray> array = readNpy(path);
  if (!array)
    return array.takeError();
  bool fits = array->type == info.type && array->shape.size() == info.shape.size();
  if (fits)
    for (auto [expected, got] : llvm::zip_equal(info.shape, array->shape))
      fits &= mlir::ShapedType::isDynamic(expected) || expected == got;
  if (!fits)
    return llvm::createStringError(llvm::formatv(
        "{0}: expected {1} of shape {2} of {3}, got {4} of {5}", path, info.name,
        formatShape(info.shape), getName(info.type), formatShape(array->shape),
        getName(array->type)));
  return array;
}

Error fovea::checkIndices(StringRef name, const NpyArray &indices,
                          int64_t block, const Sequences &sequences) {
  reference::Array lists(indices.shape, decodeAll(indices.type, indices.bytes));
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t blocks = reference::numSelectBlocks(sequences.length(b), block);
    for (int64_t t = 0; t < sequences.length(b); ++t)
      for (int64_t g = 0; g < lists.dim(1); ++g) {
        std::set<double> seen;
        int64_t token = sequences.begin(b) + t;
        for (double index : lists.slice(token, g)) {
          bool inRange = index >= -1 && index < blocks;
          if (inRange && (index == -1 || seen.insert(index).second))
            continue;
          return llvm::createStringError(llvm::formatv(
              "{0}: expected distinct blocks from -1 to {1} for token {2} and "
              "kv head {3}, got {4}{5}",
              name, blocks - 1, token, g, int64_t(index),
              inRange ? " twice" : ""));
        }
      }
  }
  return Error::success();
}

static Error checkNames(llvm::ArrayRef<ArrayInfo> infos,
                        const WorkloadOptions &options) {
  for (const auto &entry : options.inputFiles) {
    auto hasName = [&](const ArrayInfo &info) { return info.name == entry.first; };
    if (llvm::any_of(infos, hasName))
      continue;
    std::string names;
    for (const ArrayInfo &info : infos)
      names += (names.empty() ? "" : ", ") + info.name;
    return llvm::createStringError("expected an input named one of " + names +
                                   ", got " + entry.first);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// The batch
//===----------------------------------------------------------------------===//

/// The sequences that `files` and the options describe.
static Expected<Sequences>
getSequences(llvm::ArrayRef<ArrayInfo> infos,
             llvm::ArrayRef<std::optional<NpyArray>> files,
             const WorkloadOptions &options) {
  std::optional<int64_t> tokens;
  std::string tokensName;
  Sequences sequences;
  for (auto [info, file] : llvm::zip_equal(infos, files)) {
    if (!file)
      continue;
    if (info.role == Role::CuSeqlens) {
      std::vector<double> offsets = decodeAll(file->type, file->bytes);
      sequences.offsets.assign(offsets.begin(), offsets.end());
    } else if (info.role != Role::Parameter && info.tokensPerRow == 1 && !tokens) {
      tokens = file->shape.front();
      tokensName = info.name;
    }
  }
  bool fromFile = !sequences.offsets.empty() ||
                  (options.inputFiles.count("cu_seqlens") && true);
  if (fromFile && !options.lengths.empty())
    return llvm::createStringError("expected cu_seqlens from a file or lengths, "
                                   "got both");
  if (!fromFile) {
    std::vector<int64_t> lengths = options.lengths;
    if (lengths.empty())
      lengths = {tokens.value_or(defaultTokens)};
    sequences.offsets = {0};
    int64_t end = 0;
    for (int64_t length : lengths) {
      end += length;
      if (length < 0 || end > std::numeric_limits<int32_t>::max())
        return llvm::createStringError("expected lengths from 0, of a sum below "
                                       "2^31, got " +
                                       llvm::Twine(length));
      sequences.offsets.push_back(end);
    }
  }
  if (sequences.offsets.empty())
    return llvm::createStringError("expected at least 1 element of cu_seqlens, got 0");
  int64_t total = tokens.value_or(sequences.offsets.back());
  if (Error error = sequences.verify(std::numeric_limits<int32_t>::max()))
    return error;
  if (sequences.offsets.back() != total)
    return llvm::createStringError(llvm::formatv(
        "expected cu_seqlens to end at the {0} tokens of {1}, got {2}", total,
        tokensName, sequences.offsets.back()));
  return sequences;
}

/// Checks a file against the batch, now that it is known.
static Error checkFile(const ArrayInfo &info, const NpyArray &file,
                       const Sequences &sequences, StringRef path) {
  std::vector<int64_t> shape =
      info.getShape(sequences.offsets.back(), sequences.size());
  if (Error error = reference::checkShape(info.name, file.shape, shape))
    return llvm::createStringError(path + ": " +
                                   llvm::toString(std::move(error)));
  if (info.role == Role::Indices)
    return checkIndices(path, file, info.block, sequences);
  return Error::success();
}

std::vector<NamedArray> fovea::makeOutputs(mlir::func::FuncOp function,
                                           int64_t tokens) {
  std::vector<NamedArray> outputs;
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    ArrayInfo info = getOutputInfo(function, i);
    std::vector<int64_t> shape = info.getShape(tokens, /*sequences=*/0);
    size_t bytes = reference::getNumElements(shape) * getByteWidth(info.type);
    outputs.push_back(
        {info.name, "", {info.type, shape, std::vector<uint8_t>(bytes)}});
  }
  return outputs;
}

Expected<Workload> fovea::makeWorkload(mlir::func::FuncOp function,
                                       const WorkloadOptions &options) {
  std::vector<ArrayInfo> infos;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    infos.push_back(getInputInfo(function, i));
  if (Error error = checkNames(infos, options))
    return error;

  std::vector<std::optional<NpyArray>> files(infos.size());
  for (auto [info, file] : llvm::zip_equal(infos, files)) {
    auto path = options.inputFiles.find(info.name);
    if (path == options.inputFiles.end())
      continue;
    Expected<NpyArray> array = readInput(info, path->second);
    if (!array)
      return array.takeError();
    file = std::move(*array);
  }

  Workload workload;
  Expected<Sequences> sequences = getSequences(infos, files, options);
  if (!sequences)
    return sequences.takeError();
  workload.sequences = std::move(*sequences);
  for (auto [info, file] : llvm::zip_equal(infos, files)) {
    if (!file) {
      workload.inputs.push_back({info.name,
                                 getSourceText(info, options.data).str(),
                                 generate(info, options, workload.sequences)});
      continue;
    }
    const std::string &path = options.inputFiles.at(info.name);
    if (Error error = checkFile(info, *file, workload.sequences, path))
      return error;
    workload.inputs.push_back({info.name, path, std::move(*file)});
  }
  workload.outputs = makeOutputs(function, workload.getTokens());
  return workload;
}
