//===- SpecArguments.cpp - what a spec's functions take -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "SpecArguments.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace fovea::attn;

namespace {

/// Lists the arguments of one spec.
class ArgumentCollector {
public:
  ArgumentCollector(SpecOp spec, Queries queries)
      : spec(spec), queries(queries),
        hasPages(spec.getPages() && queries != Queries::All) {}

  SmallVector<SpecArgument> collect();

private:
  RankedTensorType tensor(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, spec.getElementType());
  }
  void add(const Twine &name, Type type, bool ofRankedKeys = false) {
    args.push_back({name.str(), type, ofRankedKeys});
  }
  /// [?, heads, dim] of the spec's element type.
  void addRows(const Twine &name, int64_t heads, int64_t dim) {
    add(name, tensor({ShapedType::kDynamic, heads, dim}));
  }
  /// What would be keys of `heads` in these columns, in pages.
  void addCache(const Twine &name, int64_t heads, Type element,
                ArrayRef<RowsInPages> rows, bool ofRankedKeys = false);
  void addKeys(StringRef prefix);
  void addRanker(RankerOp ranker);
  void addBranch(BranchOp branch);
  void addPhi(BranchOp branch);
  void addScores(BranchOp branch);

  SpecOp spec;
  Queries queries;
  bool hasPages;
  SmallVector<SpecArgument> args;
};

} // namespace

SmallVector<std::string> fovea::attn::getLearnedNames(BranchOp branch) {
  SmallVector<std::string> names;
  if (ArrayAttr learned = branch.getLearnedAttr())
    for (StringAttr name : learned.getAsRange<StringAttr>())
      names.push_back((branch.getSymName() + "_" + name.getValue()).str());
  return names;
}

void ArgumentCollector::addCache(const Twine &name, int64_t heads, Type element,
                                 ArrayRef<RowsInPages> rows, bool ofRankedKeys) {
  int64_t columns = rows.back().firstColumn + rows.back().columns;
  SmallVector<int64_t> shape{ShapedType::kDynamic, int64_t(*spec.getPages()), heads,
                             columns};
  if (spec.getHeadsFirst())
    std::swap(shape[1], shape[2]);
  add(name, RankedTensorType::get(shape, element), ofRankedKeys);
  args.back().inPages.assign(rows.begin(), rows.end());
}

/// The spec's keys and values, or those of a branch alone.
void ArgumentCollector::addKeys(StringRef prefix) {
  std::string k = (prefix + "k").str(), v = (prefix + "v").str();
  int64_t heads = spec.getKvHeads(), dk = spec.getDk(), dv = spec.getDv();
  Type element = spec.getElementType();
  if (!hasPages) {
    addRows(k, heads, dk);
    addRows(v, heads, dv);
  } else if (spec.getInterleaved()) {
    addCache(prefix + "kv", heads, element, {{k, 0, dk}, {v, dk, dv}});
  } else {
    addCache(k, heads, element, {{k, 0, dk}});
    addCache(v, heads, element, {{v, 0, dv}});
  }
}

void ArgumentCollector::addRanker(RankerOp ranker) {
  for (const RankerArgument &argument :
       ranker.getKind().getArguments(ranker.getShape())) {
    std::string name = (ranker.getSymName() + "_" + argument.name).str();
    auto rows = cast<RankedTensorType>(argument.type);
    if (hasPages && argument.ofKeys && rows.getRank() == 3)
      addCache(name, rows.getDimSize(1), rows.getElementType(),
               {{name, 0, rows.getDimSize(2)}}, /*ofRankedKeys=*/true);
    else
      add(name, argument.type, argument.ofKeys);
  }
}

void ArgumentCollector::addPhi(BranchOp branch) {
  PhiAttr phi = *branch.getPhi();
  int64_t block = cast<CompressedAttr>(branch.getKeys()).getBlock();
  int64_t heads = spec.getKvHeads();
  for (auto [side, dim] :
       {std::pair<StringRef, int64_t>{"_k_", spec.getDk()}, {"_v_", spec.getDv()}}) {
    std::string prefix = (branch.getSymName() + side).str();
    for (auto [i, name] : llvm::enumerate(phi.getParameterNames()))
      add(prefix + name, tensor(phi.getParameterShape(i, heads, block, dim)));
    if (branch.getWithPositions())
      add(prefix + "pos", tensor({heads, block, dim}));
  }
}

/// One number per query head each.
void ArgumentCollector::addScores(BranchOp branch) {
  Type type = RankedTensorType::get(int64_t(spec.getHeads()),
                                    Float32Type::get(spec.getContext()));
  if (branch.getSinks())
    add(branch.getSymName() + "_sinks", type);
  for (const std::string &name : getLearnedNames(branch))
    add(name, type);
}

void ArgumentCollector::addBranch(BranchOp branch) {
  if (branch.getOwnKv())
    addKeys((branch.getSymName() + "_").str());
  if (branch.getPhi())
    addPhi(branch);
  addScores(branch);
}

SmallVector<SpecArgument> ArgumentCollector::collect() {
  addRows("q", spec.getHeads(), spec.getDk());
  auto branches = llvm::to_vector(spec.getBody().getOps<BranchOp>());
  if (llvm::any_of(branches, [](BranchOp branch) { return !branch.getOwnKv(); }))
    addKeys("");
  for (Operation &op : spec.getBody().front())
    if (auto ranker = dyn_cast<RankerOp>(op))
      addRanker(ranker);
    else
      addBranch(cast<BranchOp>(op));
  if (spec.getGates())
    addRows("gates", spec.getHeads(), branches.size());
  Type numbers = RankedTensorType::get({ShapedType::kDynamic},
                                       IntegerType::get(spec.getContext(), 32));
  if (queries == Queries::All)
    add("cu_seqlens", numbers);
  else
    for (StringRef name : {"cu_seqlens_q", "cu_seqlens_k", "seqused_k"})
      add(name, numbers);
  if (hasPages)
    add(kBlockTableName, numbers);
  return std::move(args);
}

/// `a_b` may be b of the branch a, or be of a branch a_b.
static LogicalResult verifyNames(SpecOp spec, ArrayRef<SpecArgument> args) {
  llvm::StringSet<> names;
  for (const SpecArgument &arg : args)
    if (!names.insert(arg.name).second)
      return spec.emitOpError() << "expected arguments of distinct names, got two that "
                                   "are called "
                                << arg.name;
  return success();
}

FailureOr<SmallVector<SpecArgument>> fovea::attn::collectArguments(SpecOp spec,
                                                                   Queries queries) {
  SmallVector<SpecArgument> args = ArgumentCollector(spec, queries).collect();
  if (failed(verifyNames(spec, args)))
    return failure();
  return args;
}
