//===- Workload.cpp - arrays to run a function on -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Run/Workload.h"

#include "ArgumentRole.h"
#include "FindSequences.h"
#include "Generate.h"
#include "fovea/Reference/Array.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <limits>
#include <optional>
#include <set>
#include <unistd.h>

using namespace fovea;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using reference::Sequences;

static constexpr int64_t defaultTokens = 1024;

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

static StringRef getSourceText(const ArrayInfo &info, DataKind data) {
  if (info.role == Role::CuSeqlens || info.role == Role::Lengths ||
      info.role == Role::PageTable)
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
    return llvm::createStringError(
        llvm::formatv("{0}: expected {1} of shape {2} of {3}, got {4} of {5}", path,
                      info.name, formatShape(info.shape), getName(info.type),
                      formatShape(array->shape), getName(array->type)));
  return array;
}

Error fovea::checkIndices(StringRef name, const NpyArray &indices, int64_t block,
                          const Sequences &sequences) {
  reference::Array lists(indices.shape, decodeAll(indices.type, indices.bytes));
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t blocks = reference::numSelectBlocks(sequences.length(b), block);
    for (int64_t i = 0; i < sequences.countQueries(b); ++i)
      for (int64_t g = 0; g < lists.dim(1); ++g) {
        std::set<double> seen;
        int64_t token = sequences.queryBegin(b) + i;
        for (double index : lists.slice(token, g)) {
          bool inRange = index >= -1 && index < blocks;
          if (inRange && (index == -1 || seen.insert(index).second))
            continue;
          return llvm::createStringError(llvm::formatv(
              "{0}: expected distinct blocks from -1 to {1} for token {2} and "
              "kv head {3}, got {4}{5}",
              name, blocks - 1, token, g, int64_t(index), inRange ? " twice" : ""));
        }
      }
  }
  return Error::success();
}

/// The array of an argument, from its file or given, and where that is from; neither
/// where it is to be made up.
static Expected<std::optional<NamedArray>> findInput(const ArrayInfo &info,
                                                     const WorkloadOptions &options) {
  if (auto path = options.inputFiles.find(info.name);
      path != options.inputFiles.end()) {
    Expected<NpyArray> array = readInput(info, path->second);
    if (!array)
      return array.takeError();
    return NamedArray{info.name, path->second, std::move(*array)};
  }
  for (const NamedArray &given : options.given)
    if (given.name == info.name)
      return given;
  return std::nullopt;
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

/// A static number of rows must be that of the batch.
static Error checkStaticRows(const ArrayInfo &info, const Sequences &sequences) {
  if (!info.hasStaticRows())
    return Error::success();
  BatchSizes sizes = getSizes(sequences);
  int64_t got = info.shape.front();
  int64_t expected = info.rows.getRows(got, sizes);
  if (got == expected)
    return Error::success();
  if (info.rows.kind == RowKind::SequenceEnds)
    return llvm::createStringError(
        llvm::formatv("expected {0} sequences, as {1} has {2} ends, got {3}; --lengths "
                      "says how many",
                      got - 1, info.name, got, sequences.size()));
  return llvm::createStringError(
      llvm::formatv("expected {0} rows of {1} ({2}, of {3} tokens), got {4}", expected,
                    info.name, toString(info.rows),
                    info.rows.ofKeys ? sizes.getKeyTokens() : sizes.tokens, got));
}

/// A row of scores must reach the last block of every sequence.
static Error checkColumns(const ArrayInfo &info, const Sequences &sequences) {
  if (info.role != Role::Rows || !info.block || info.shape.back() < 0)
    return Error::success();
  int64_t most = 0;
  for (int64_t b = 0; b < sequences.size(); ++b)
    most = std::max(most, reference::numSelectBlocks(sequences.length(b), info.block));
  if (most <= info.shape.back())
    return Error::success();
  return llvm::createStringError(
      llvm::formatv("expected at least {0} blocks in a row of {1}, as the longest "
                    "sequence has, got {2}",
                    most, info.name, info.shape.back()));
}

/// Arrays are made in double first; what no machine holds is an error, not a crash.
static Error checkMemory(llvm::ArrayRef<ArrayInfo> infos, const Sequences &sequences) {
  double bytes = 0;
  for (const ArrayInfo &info : infos) {
    double elements = 1;
    for (int64_t size : info.getShape(getSizes(sequences)))
      elements *= double(size);
    bytes += elements * sizeof(double);
  }
  constexpr double gibi = 1 << 30;
  double memory = double(sysconf(_SC_PHYS_PAGES)) * double(sysconf(_SC_PAGE_SIZE));
  if (bytes <= memory)
    return Error::success();
  return llvm::createStringError(
      llvm::formatv("expected arrays that fit this machine's {0:f1} GiB of memory, got "
                    "{1:f1} GiB for {2} tokens",
                    memory / gibi, bytes / gibi, getSizes(sequences).getKeyTokens()));
}

/// A cache that is made up is one of the table that is made up.
static Error checkPages(llvm::ArrayRef<ArrayInfo> infos,
                        llvm::ArrayRef<std::optional<NamedArray>> files) {
  std::string given, missing;
  for (auto [info, file] : llvm::zip_equal(infos, files))
    if (info.pages || info.role == Role::PageTable)
      (file ? given : missing) = info.name;
  if (given.empty() || missing.empty())
    return Error::success();
  return llvm::createStringError("expected " + missing + " from a file as " + given +
                                 " is, got none");
}

/// Checks a file against the batch, now that it is known.
static Error checkFile(const ArrayInfo &info, const NpyArray &file,
                       const Sequences &sequences, StringRef path) {
  std::vector<int64_t> shape = info.getShape(getSizes(sequences));
  if (info.pages && !info.hasStaticRows())
    shape.front() = file.shape.front(); // a cache has any number of pages
  if (Error error = reference::checkShape(info.name, file.shape, shape))
    return llvm::createStringError(path + ": " + llvm::toString(std::move(error)));
  if (info.role == Role::Indices)
    return checkIndices(path, file, info.block, sequences);
  return Error::success();
}

std::vector<NamedArray> fovea::makeOutputs(mlir::func::FuncOp function,
                                           const reference::Sequences &sequences) {
  std::vector<NamedArray> outputs;
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    ArrayInfo info = getOutputInfo(function, i);
    std::vector<int64_t> shape = info.getShape(getSizes(sequences));
    size_t bytes = reference::getNumElements(shape) * getByteWidth(info.type);
    outputs.push_back({info.name, "", {info.type, shape, std::vector<uint8_t>(bytes)}});
  }
  return outputs;
}

Expected<Workload> fovea::makeWorkload(mlir::func::FuncOp function,
                                       const WorkloadOptions &options) {
  if (Error error = checkRoles(function))
    return error;
  std::vector<ArrayInfo> infos;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    infos.push_back(getInputInfo(function, i));
  if (Error error = checkNames(infos, options))
    return error;

  std::vector<std::optional<NamedArray>> files;
  for (const ArrayInfo &info : infos) {
    Expected<std::optional<NamedArray>> found = findInput(info, options);
    if (!found)
      return found.takeError();
    files.push_back(std::move(*found));
  }

  if (Error error = checkPages(infos, files))
    return error;
  Workload workload;
  Expected<Sequences> sequences = findSequences(infos, files, options);
  if (!sequences)
    return sequences.takeError();
  workload.sequences = std::move(*sequences);
  std::vector<ArrayInfo> outputInfos;
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    outputInfos.push_back(getOutputInfo(function, i));
  for (llvm::ArrayRef<ArrayInfo> list :
       {llvm::ArrayRef(infos), llvm::ArrayRef(outputInfos)}) {
    if (Error error = checkMemory(list, workload.sequences))
      return error;
    for (const ArrayInfo &info : list)
      if (Error error = llvm::joinErrors(checkStaticRows(info, workload.sequences),
                                         checkColumns(info, workload.sequences)))
        return error;
  }
  for (auto [info, file] : llvm::zip_equal(infos, files)) {
    if (!file) {
      workload.inputs.push_back({info.name, getSourceText(info, options.data).str(),
                                 generate(info, options, workload.sequences)});
      continue;
    }
    if (Error error = checkFile(info, file->array, workload.sequences, file->source))
      return error;
    workload.inputs.push_back(std::move(*file));
  }
  workload.outputs = makeOutputs(function, workload.sequences);
  return workload;
}
