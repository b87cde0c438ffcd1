//===- FindSequences.cpp - the sequences of a run -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "FindSequences.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace fovea;
using llvm::Error;
using llvm::Expected;
using reference::Sequences;

/// Of one sequence, where nothing says how many.
static constexpr int64_t defaultTokens = 1024;

namespace {

/// Finds the sequences that `files` and the options describe.
class BatchFinder {
public:
  BatchFinder(llvm::ArrayRef<ArrayInfo> infos,
              llvm::ArrayRef<std::optional<NamedArray>> files,
              const WorkloadOptions &options)
      : infos(infos), files(files), options(options) {}

  Expected<Sequences> find();

private:
  void readTokens();
  Error readOffsets();
  Error useLengths();
  Error useLengthsApart();
  Expected<Sequences> findApart();

  llvm::ArrayRef<ArrayInfo> infos;
  llvm::ArrayRef<std::optional<NamedArray>> files;
  const WorkloadOptions &options;
  std::optional<int64_t> tokens; ///< of the first array with a row for each
  std::string tokensName, offsetsName;
  Sequences sequences;
};

} // namespace

/// A type says how many tokens there are, or a file does.
void BatchFinder::readTokens() {
  for (auto [info, file] : llvm::zip_equal(infos, files)) {
    if (info.rows != RowCount::ofTokens() || (!info.hasStaticRows() && !file))
      continue;
    tokens = info.hasStaticRows() ? info.shape.front() : file->array.shape.front();
    tokensName = info.name;
    return;
  }
}

static std::vector<int32_t> readNumbers(const NamedArray &file) {
  std::vector<double> values = decodeAll(file.array.type, file.array.bytes);
  return std::vector<int32_t>(values.begin(), values.end());
}

/// A run has one batch, whatever arrays say where its sequences end.
Error BatchFinder::readOffsets() {
  for (auto [info, file] : llvm::zip_equal(infos, files)) {
    if (!file || info.rows.kind != RowKind::SequenceEnds)
      continue;
    std::vector<int32_t> offsets = readNumbers(*file);
    if (!offsetsName.empty() && offsets != sequences.offsets)
      return llvm::createStringError("expected " + info.name + " to hold what " +
                                     offsetsName + " does, got other sequence ends");
    if (offsets.empty())
      return llvm::createStringError("expected at least 1 element of " + info.name +
                                     ", got 0");
    sequences.offsets = std::move(offsets);
    offsetsName = info.name;
  }
  return Error::success();
}

Error BatchFinder::useLengths() {
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
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Queries apart from keys
//===----------------------------------------------------------------------===//

/// Where an argument says how many tokens a sequence has, it has more rows, as a cache
/// that is not full does: what is in these must not matter. They are whole pages, those
/// of a table where there is one.
static constexpr int64_t kRowsPerPage = 64;

/// Tokens of a page of the largest; 0 where there is no table.
static int64_t getTokensPerPage(llvm::ArrayRef<ArrayInfo> infos) {
  int64_t tokens = 0;
  for (const ArrayInfo &info : infos)
    if (info.role == Role::PageTable)
      tokens = std::max(tokens, info.rows.tokensPerRow);
  return tokens;
}

Error BatchFinder::useLengthsApart() {
  if (Error error = useLengths()) // as many rows as tokens
    return error;
  int64_t count = sequences.size();
  std::vector<int64_t> queries = options.queries;
  if (!queries.empty() && int64_t(queries.size()) != count)
    return llvm::createStringError("expected queries of " + llvm::Twine(count) +
                                   " sequences, got " + llvm::Twine(queries.size()));
  bool hasLengths = llvm::any_of(infos, [](const ArrayInfo &info) {
    return info.rows.kind == RowKind::Sequences;
  });
  int64_t pageRows = getTokensPerPage(infos);
  Sequences apart{{0}, {0}};
  for (int64_t b = 0; b < count; ++b) {
    int64_t length = sequences.length(b), most = length;
    int64_t own = queries.empty() ? llvm::divideCeil(length, 2) : queries[b];
    if (own < 0 || own > length)
      return llvm::createStringError("expected from 0 to " + llvm::Twine(length) +
                                     " queries of sequence " + llvm::Twine(b) +
                                     ", got " + llvm::Twine(own));
    if (!hasLengths && pageRows && length % pageRows != 0)
      return llvm::createStringError(
          "expected lengths of whole pages of " + llvm::Twine(pageRows) +
          " tokens, where no argument says how many tokens there are, got " +
          llvm::Twine(length));
    if (hasLengths) {
      apart.lengths.push_back(length);
      most = llvm::alignTo(length + 1, pageRows ? pageRows : kRowsPerPage);
    }
    apart.queryOffsets.push_back(apart.queryOffsets.back() + own);
    if (apart.offsets.back() + most > std::numeric_limits<int32_t>::max())
      return llvm::createStringError("expected lengths of a sum below 2^31, got " +
                                     llvm::Twine(length));
    apart.offsets.push_back(apart.offsets.back() + most);
  }
  sequences = std::move(apart);
  return Error::success();
}

/// All arrays that say where sequences are come from files, or none.
Expected<Sequences> BatchFinder::findApart() {
  Sequences read;
  std::string given, missing;
  for (auto [info, file] : llvm::zip_equal(infos, files)) {
    bool saysWhere =
        info.rows.kind == RowKind::SequenceEnds || info.rows.kind == RowKind::Sequences;
    if (!saysWhere)
      continue;
    (file ? given : missing) = info.name;
    if (file)
      (info.rows.kind == RowKind::Sequences ? read.lengths
       : info.rows.ofKeys                   ? read.offsets
                                            : read.queryOffsets) = readNumbers(*file);
  }
  if (given.empty()) {
    if (Error error = useLengthsApart())
      return error;
    return sequences;
  }
  if (!missing.empty())
    return llvm::createStringError("expected " + missing + " from a file as " + given +
                                   " is, got none");
  if (!options.lengths.empty() || !options.queries.empty())
    return llvm::createStringError("expected " + given +
                                   " from a file or lengths and queries, got both");
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  if (Error error = read.verify(most, most))
    return error;
  return read;
}

Expected<Sequences> BatchFinder::find() {
  if (llvm::any_of(infos, [](const ArrayInfo &info) { return info.rows.ofKeys; }))
    return findApart();
  if (!options.queries.empty())
    return llvm::createStringError("expected queries only of a function whose queries "
                                   "are apart from its keys, got some");
  readTokens();
  if (Error error = readOffsets())
    return error;
  bool fromFile = !offsetsName.empty();
  if (fromFile && !options.lengths.empty())
    return llvm::createStringError("expected " + offsetsName +
                                   " from a file or lengths, got both");
  if (!fromFile)
    if (Error error = useLengths())
      return error;
  if (Error error = sequences.verify(std::numeric_limits<int32_t>::max()))
    return error;
  int64_t end = sequences.numKeyRows();
  if (tokens && *tokens != end && fromFile)
    return llvm::createStringError(
        llvm::formatv("expected {0} to end at the {1} tokens of {2}, got {3}",
                      offsetsName, *tokens, tokensName, end));
  if (tokens && *tokens != end)
    return llvm::createStringError(
        llvm::formatv("expected {0} tokens as {1} has, got {2}; --tokens or --lengths "
                      "says how many",
                      *tokens, tokensName, end));
  return sequences;
}

BatchSizes fovea::getSizes(const Sequences &sequences) {
  BatchSizes sizes{sequences.numQueryRows(), sequences.size()};
  if (sequences.hasQueries())
    sizes.keyTokens = sequences.numKeyRows();
  return sizes;
}

Expected<Sequences>
fovea::findSequences(llvm::ArrayRef<ArrayInfo> infos,
                     llvm::ArrayRef<std::optional<NamedArray>> files,
                     const WorkloadOptions &options) {
  return BatchFinder(infos, files, options).find();
}
