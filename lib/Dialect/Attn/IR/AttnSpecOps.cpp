//===- AttnSpecOps.cpp - verifiers of the spec language -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Scale.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/KeySetContract.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::attn;

ParseResult fovea::attn::parseEntryList(AsmParser &parser, EntriesAttr &entries) {
  Entries all{};
  do {
    StringRef word;
    SMLoc at = parser.getCurrentLocation();
    if (parser.parseKeyword(&word))
      return failure();
    std::optional<Entries> entry = symbolizeEntries(word);
    if (!entry)
      return parser.emitError(at)
             << "expected forward, backward, extend or decode, got '" << word << "'";
    all = all | *entry;
  } while (succeeded(parser.parseOptionalVerticalBar()));
  entries = EntriesAttr::get(parser.getContext(), all);
  return success();
}

void fovea::attn::printEntryList(AsmPrinter &printer, Operation *,
                                 EntriesAttr entries) {
  printer << stringifyEntries(entries.getValue());
}

/// spec_c10, but for what the body holds.
static LogicalResult verifyPages(SpecOp op) {
  constexpr int64_t kFewest = 16, kMost = 256;
  if (!op.getPages()) {
    if (op.getHeadsFirst() || op.getInterleaved())
      return op.emitOpError() << "expected pages, which heads_first and interleaved "
                                 "say more of, got none";
    return success();
  }
  constexpr int64_t kColumnStep = 8; // gather_pages_c3
  if (op.getInterleaved() && op.getDk() % kColumnStep != 0)
    return op.emitOpError() << "expected keys of a multiple of " << kColumnStep
                            << " columns, behind which values are interleaved, got "
                            << int64_t(op.getDk());
  int64_t pages = *op.getPages();
  if (!llvm::isPowerOf2_64(pages) || pages < kFewest || pages > kMost)
    return op.emitOpError() << "expected pages of a power of 2 from " << kFewest
                            << " to " << kMost << " tokens, got " << pages;
  if (!bitEnumContainsAny(op.getEntries(), Entries::Extend | Entries::Decode) ||
      bitEnumContainsAny(op.getEntries(), Entries::Backward))
    return op.emitOpError() << "expected the entry extend or decode, whose keys lie in "
                               "pages, and no backward, got "
                            << stringifyEntries(op.getEntries());
  return success();
}

LogicalResult SpecOp::verify() {
  int64_t hq = getHeads(), hkv = getKvHeads(), dk = getDk(), dv = getDv();
  if (hkv < 1 || hq < 1 || hq % hkv != 0) // spec_c2
    return emitOpError() << "expected kv heads to divide heads, got " << hkv << " and "
                         << hq;
  if (hq > kMostHeads)
    return emitOpError() << "expected at most " << kMostHeads << " heads, got " << hq;
  if (dk < 1 || dv < 1) // spec_c3
    return emitOpError() << "expected dims to be at least 1, got " << dk << " x " << dv;
  if (dk > kMostDim || dv > kMostDim)
    return emitOpError() << "expected dims of at most " << kMostDim << ", got " << dk
                         << " x " << dv;
  if (!getElementType().isF32() && !getElementType().isF16() &&
      !getElementType().isBF16()) // spec_c5
    return emitOpError() << "expected element type f32, f16 or bf16, got "
                         << getElementType();
  if (failed(verifyScale(*this, getScale()))) // spec_c6
    return failure();
  if (getEntries() == Entries()) // spec_c7
    return emitOpError() << "expected at least one entry, got none";
  return verifyPages(*this);
}

LogicalResult SpecOp::verifyRegions() {
  int64_t branches = 0;
  for (Operation &op : getBody().front()) {
    if (!isa<BranchOp, RankerOp>(op)) // spec_c8
      return emitOpError() << "expected branches and rankers only, got "
                           << op.getName();
    auto branch = dyn_cast<BranchOp>(op);
    if (branch && branch.getSinks() && // spec_c9
        failed(verifySinkScale(*this, getScale())))
      return failure();
    if (branch && branch.getPhi() && getPages()) // spec_c10
      return emitOpError() << "expected no branch of compressed keys with pages, got @"
                           << branch.getSymName();
    branches += bool(branch);
  }
  if (branches == 0) // spec_c1
    return emitOpError() << "expected at least one branch, got none";
  if (branches > kMostBranches)
    return emitOpError() << "expected at most " << kMostBranches << " branches, got "
                         << branches;
  if (branches > 1 && !getGates()) // spec_c4
    return emitOpError() << "expected `gates logits` or `gates values` with "
                         << branches << " branches, got no gates";
  return success();
}

/// Whether blocks of `op` can be ranked by the probabilities of a branch with
/// `windows`.
static LogicalResult verifyWindows(BranchOp op, CompressedAttr windows) {
  int64_t block = op.getKeys().getIndexBlock();
  if (block % windows.getStride() != 0) // branch_c5
    return op.emitOpError() << "expected stride to divide the selection block, got "
                               "stride = "
                            << windows.getStride() << " and block = " << block;
  return success();
}

/// Whether `ranker` can rank the blocks of `op`. What it cannot do, it says, and what
/// it says, it cannot do.
static LogicalResult verifyRanker(BranchOp op, RankerOp ranker) {
  bool isSaid = false;
  auto emitError = [&] {
    isSaid = true;
    return op.emitOpError();
  };
  LogicalResult result = ranker.getKind().verifyBlocks(emitError, ranker.getShape(),
                                                       op.getKeys().getIndexBlock());
  if (failed(result) && !isSaid)
    return op.emitOpError() << ranker.getKind()
                            << ": expected verifyBlocks to say what it refuses, got a "
                               "failure without a diagnostic";
  return success(succeeded(result) && !isSaid);
}

/// The compressed branch or the ranker above `op` that ranks its blocks, checked.
static LogicalResult verifySource(BranchOp op) {
  Operation *source =
      SymbolTable::lookupNearestSymbolFrom(op->getParentOp(), op.getSourceAttr());
  if (source && source->isBeforeInBlock(op)) {
    if (auto ranker = dyn_cast<RankerOp>(source))
      return verifyRanker(op, ranker);
    if (auto branch = dyn_cast<BranchOp>(source))
      // Branches are isolated: this one may not be verified yet, and have no keys.
      if (auto windows = dyn_cast_or_null<CompressedAttr>(branch.getKeysAttr()))
        return verifyWindows(op, windows);
  }
  return op.emitOpError() // branch_c4
         << "expected `ranked by` a compressed branch or a ranker above, got @"
         << *op.getSource();
}

RankerShape RankerOp::getShape() {
  auto spec = cast<SpecOp>((*this)->getParentOp());
  return {int64_t(getHeads()), int64_t(getKeyHeads()), int64_t(getDim()),
          int64_t(spec.getKvHeads()), spec.getElementType()};
}

/// Names become those of arguments, which C declares.
static bool isWord(StringRef name) {
  return !name.empty() &&
         llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

/// What callers can pass: an array of a known element type, whose rows alone may be as
/// many as there are tokens.
static bool isArgument(RankedTensorType type) {
  if (!type || type.getEncoding() || type.getRank() == 0)
    return false;
  Type element = type.getElementType();
  return (element.isF32() || element.isF16() || element.isBF16() ||
          element.isSignlessInteger(32)) &&
         llvm::all_of(type.getShape().drop_front(),
                      [](int64_t size) { return size > 0; });
}

/// The arguments that a ranker adds to a function.
static LogicalResult verifyArguments(RankerOp op) {
  llvm::StringSet<> names;
  for (const RankerArgument &argument : op.getKind().getArguments(op.getShape())) {
    if (!isWord(argument.name) || !names.insert(argument.name).second) // ranker_c3
      return op.emitOpError()
             << op.getKind()
             << ": expected getArguments to give distinct names of letters, digits and "
                "'_', got \""
             << argument.name << "\"";
    if (isArgument(argument.type)) // ranker_c4
      continue;
    InFlightDiagnostic diag = op.emitOpError();
    diag << op.getKind() << ": expected getArguments to give " << argument.name
         << " a tensor of f32, f16, bf16 or i32, of which the first size alone may be "
            "dynamic, got ";
    if (argument.type)
      return diag << argument.type;
    return diag << "null";
  }
  return success();
}

LogicalResult RankerOp::verify() {
  RankerShape shape = getShape();
  if (shape.heads < 1 || shape.keyHeads < 1 || shape.dim < 1 || // ranker_c1
      shape.heads > kMostHeads || shape.keyHeads > kMostHeads || shape.dim > kMostDim)
    return emitOpError() << "expected heads, key heads and dim of 1 to " << kMostDim
                         << ", got " << shape.heads << ", " << shape.keyHeads << " and "
                         << shape.dim;
  if (shape.heads % shape.kvHeads != 0 || shape.kvHeads % shape.keyHeads != 0)
    return emitOpError() // ranker_c2
           << "expected kv heads to divide heads and key heads to divide kv heads, got "
           << shape.heads << " heads, " << shape.kvHeads << " kv heads and "
           << shape.keyHeads << " key heads";
  return verifyArguments(*this);
}

/// Learned numbers become arguments of a function, by their names.
static LogicalResult verifyLearnedNames(BranchOp op) {
  llvm::StringSet<> names;
  for (Attribute attribute :
       op.getLearnedAttr() ? op.getLearnedAttr().getValue() : ArrayRef<Attribute>()) {
    StringRef name = cast<StringAttr>(attribute).getValue();
    if (!isWord(name) || !names.insert(name).second)
      return op.emitOpError()
             << "expected names of learned numbers to be distinct words "
                "of letters, digits and '_', got "
             << attribute;
  }
  return success();
}

LogicalResult BranchOp::verifyRegions() {
  return verifyScoreRegion(*this, getScoreRegion(),
                           getLearnedAttr() ? getLearnedAttr().size() : 0);
}

void BranchOp::getAsmBlockArgumentNames(Region &region, OpAsmSetValueNameFn setName) {
  nameScoreArguments(region, setName);
}

LogicalResult BranchOp::verify() {
  if (failed(verifyNumbers(*this, getKeys()))) // branch_c10
    return failure();
  bool compressed = isa<CompressedAttr>(getKeys());
  if (compressed != bool(getPhi())) // branch_c1
    return emitOpError() << "expected `by` phi exactly for compressed keys, got "
                         << (getPhi() ? "phi" : "no phi") << " for " << getKeys();
  if (getWithPositions() && !getPhi())
    return emitOpError() << "expected positions with phi only, got " << getKeys();
  bool ranked = getKeys().needsIndices();
  for (bool given : {bool(getCount()), bool(getInitial()), bool(getLocal()),
                     bool(getSource())}) // branch_c2
    if (given != ranked)
      return emitOpError() << "expected `top n initial i local o ranked by @name` "
                              "exactly where the key set needs indices, got "
                           << (ranked ? "none or a part" : "some") << " for "
                           << getKeys();
  if (failed(verifyLearnedNames(*this))) // branch_c6
    return failure();
  if (!ranked)
    return success();
  int64_t count = *getCount(), initial = *getInitial(), local = *getLocal();
  if (count < 1 || count > kMostListed || initial < 0 || local < 0 ||
      count - initial < local) // branch_c3
    return emitOpError() << "expected count to cover the forced blocks and to be at "
                            "most "
                         << kMostListed << ", got count = " << count
                         << ", initial = " << initial << " and local = " << local;
  return verifySource(*this);
}
