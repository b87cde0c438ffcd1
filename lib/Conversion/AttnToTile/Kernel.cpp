//===- Kernel.cpp - one kernel of an operation or a group -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Three shapes of kernels: windows as rows (compress), query rows of one sequence
// (everything that reads keys or blocks, and a combine of such results), and rows
// regardless of sequences (a combine of other branches). Within one, operations are
// emitted in order; a value that another operation of the kernel reads stays a tile,
// one that leaves is stored.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"

#include "Attend.h"
#include "Compress.h"
#include "Index.h"
#include "Select.h"
#include "fovea/Tuning/Schedule.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace fovea;

/// The operation that computes `value`, inside of its group if it has one.
static Operation *getProducer(Value value) {
  auto group = value.getDefiningOp<attn::GroupOp>();
  if (!group)
    return value.getDefiningOp();
  unsigned number = cast<OpResult>(value).getResultNumber();
  return getProducer(group.getBody().front().getTerminator()->getOperand(number));
}

/// The offsets that every branch of `combine` was attended over: rows outside of them
/// hold 0 in each, and have gates that are nobody's. Null where there are no such
/// offsets.
static Value getSequences(attn::CombineOp combine) {
  Value cu;
  for (Value branch : combine.getBranches()) {
    auto attend = dyn_cast_or_null<attn::AttendOp>(getProducer(branch));
    if (!attend || (cu && cu != attend.getCuSeqlens()))
      return {};
    cu = attend.getCuSeqlens();
  }
  return cu;
}

KernelOps KernelOps::of(Operation *root) {
  KernelOps kernel{root, {}, {}, {}, llvm::to_vector_of<Value>(root->getResults())};
  if (auto group = dyn_cast<attn::GroupOp>(root)) {
    for (Operation &op : group.getBody().front().without_terminator())
      kernel.ops.push_back(&op);
    kernel.outputs = llvm::to_vector_of<Value>(
        group.getBody().front().getTerminator()->getOperands());
  } else {
    kernel.ops.push_back(root);
    kernel.outputs = kernel.leaving;
  }
  llvm::SetVector<Value> inputs;
  for (Operation *op : kernel.ops)
    for (Value operand : op->getOperands())
      if (!llvm::is_contained(kernel.ops, operand.getDefiningOp()))
        inputs.insert(operand);
  if (auto combine = dyn_cast<attn::CombineOp>(root))
    if (Value cu = getSequences(combine))
      inputs.insert(cu);
  kernel.inputs = inputs.takeVector();
  // An unread lse is not stored.
  for (size_t i = kernel.outputs.size(); i-- > 0;)
    if (kernel.leaving[i].use_empty()) {
      kernel.leaving.erase(kernel.leaving.begin() + i);
      kernel.outputs.erase(kernel.outputs.begin() + i);
    }
  return kernel;
}

namespace {

/// How the kernel's grid is made.
enum class KernelShape { Windows, Queries, Rows };

struct KernelPlan {
  KernelShape shape;
  int64_t tokens = 1;    ///< tokens or windows per tile
  int64_t group = 1;     ///< heads per KV head
  int64_t groupRows = 1; ///< rows that a token takes of a tile
  int64_t kvHeads = 1;   ///< second grid dim: KV heads, or parts of a combine's heads
  Value cu;              ///< the tensor, null for Rows
};

int64_t headsOf(Value packed) {
  return cast<RankedTensorType>(packed.getType()).getDimSize(1);
}

/// In how many parts of its heads, each with programs of its own, a combine that stands
/// alone is computed: more than one where the schedule gives a token fewer rows.
int64_t countHeadParts(attn::CombineOp combine, tile::ScheduleAttr schedule) {
  int64_t heads = headsOf(combine.getOut()), rows = schedule.getGroupRows();
  return rows && rows < heads && heads % rows == 0 ? heads / rows : 1;
}

/// Reads heads off the operation that has them; operations of one group agree.
FailureOr<KernelPlan> planKernel(const KernelOps &kernel) {
  KernelPlan plan{KernelShape::Rows, 1, 1, 1, 1, {}};
  FailureOr<tile::ScheduleAttr> schedule = tuning::getSchedule(kernel.ops.front());
  if (failed(schedule))
    return failure();
  plan.tokens = schedule->getTokens();
  auto setQueries = [&](int64_t heads, int64_t kvHeads, Value cu) -> LogicalResult {
    if (plan.shape == KernelShape::Queries &&
        (plan.group != heads / kvHeads || plan.kvHeads != kvHeads || plan.cu != cu))
      return kernel.root->emitOpError()
             << "expected operations over the same heads and "
                "sequences in one group";
    plan.shape = KernelShape::Queries;
    plan.group = heads / kvHeads;
    plan.kvHeads = kvHeads;
    plan.cu = cu;
    return success();
  };
  for (Operation *op : kernel.ops) {
    LogicalResult fits = success();
    if (auto compress = dyn_cast<attn::CompressOp>(op))
      plan = {KernelShape::Windows,   plan.tokens, 1, 1, headsOf(compress.getInput()),
              compress.getCuSeqlens()};
    else if (auto attend = dyn_cast<attn::AttendOp>(op))
      fits = setQueries(headsOf(attend.getQ()), headsOf(attend.getK()),
                        attend.getCuSeqlens());
    else if (auto scores = dyn_cast<attn::ScoreBlocksOp>(op))
      fits = setQueries(headsOf(scores.getQ()), headsOf(scores.getKc()),
                        scores.getCuSeqlens());
    else if (auto index = dyn_cast<attn::IndexBlocksOp>(op))
      fits = setQueries(headsOf(index.getIq()), headsOf(index.getScores()),
                        index.getCuSeqlens());
    else if (auto topk = dyn_cast<attn::SelectTopkOp>(op)) {
      if (plan.shape != KernelShape::Queries)
        fits = setQueries(headsOf(topk.getScores()), headsOf(topk.getScores()),
                          topk.getCuSeqlens());
    } else if (auto combine = dyn_cast<attn::CombineOp>(op)) {
      if (plan.shape == KernelShape::Queries)
        continue;
      Value cu = getSequences(combine);
      int64_t heads = headsOf(combine.getOut());
      int64_t parts = countHeadParts(combine, *schedule);
      if (cu && op == kernel.root) {
        fits = setQueries(heads, parts, cu);
      } else {
        plan.group = heads / parts;
        plan.kvHeads = parts;
      }
    }
    if (failed(fits))
      return failure();
  }
  plan.groupRows = schedule->getGroupRows() ? schedule->getGroupRows() : plan.group;
  // Scores are summed over the heads of a token, a part of them at a time if need be.
  if (plan.groupRows < plan.group &&
      llvm::none_of(kernel.ops,
                    llvm::IsaPred<attn::ScoreBlocksOp, attn::IndexBlocksOp>))
    return kernel.root->emitOpError() << "expected the schedule's group_rows to be at "
                                         "least the heads of a group, to divide those "
                                         "of a combine outside of groups, or scores "
                                         "that are summed over heads, got "
                                      << plan.groupRows << " and " << plan.group;
  return plan;
}

/// Emits the operations of one kernel on one tile.
class BodyEmitter {
public:
  BodyEmitter(TileBuilder &b, const KernelOps &kernel, const KernelPlan &plan,
              ViewOf viewOf)
      : b(b), kernel(kernel), plan(plan), viewOf(viewOf) {}

  LogicalResult emit() {
    switch (plan.shape) {
    case KernelShape::Windows:
      emitWindows(cast<attn::CompressOp>(kernel.ops.front()));
      return success();
    case KernelShape::Rows:
      return emitRows();
    case KernelShape::Queries:
      return emitQueries();
    }
    llvm_unreachable("every shape is covered");
  }

private:
  Value programId(int64_t axis) { return tile::ProgramIdOp::create(b, axis); }

  /// Runs `body` where `condition` holds.
  void emitIf(Value condition, function_ref<void()> body) {
    auto branch = scf::IfOp::create(b, condition);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    body();
  }

  /// The packed rows, of which there are as many as tokens.
  Value tokens() {
    return memref::DimOp::create(b, viewOf(kernel.ops.front()->getOperand(0)), 0);
  }

  tile::LocateOp locate(int64_t step) {
    SmallVector<Type> types(5, b.getIndexType());
    return tile::LocateOp::create(b, types, programId(0), viewOf(plan.cu), tokens(),
                                  step);
  }

  Place placeOf(tile::LocateOp op) {
    return Place::packed(b, op.getBase(), op.getLength(), op.getKeys());
  }

  void emitWindows(attn::CompressOp op) {
    int64_t stride = op.getWindows().getStride();
    auto place = locate(plan.tokens * stride);
    Value firstWindow = b.div(place.getFirst(), stride);
    Value count = b.sub(op.getWindows().emitNumKeys(b, place.getKeys()), firstWindow);
    emitIf(b.less(b.index(0), count), [&] {
      WindowTile tile{plan.tokens, b.add(place.getBase(), place.getFirst()), count,
                      programId(1)};
      CompressInputs inputs{viewOf(op.getInput()), {}, {}};
      for (Value param : op.getParams())
        inputs.params.push_back(viewOf(param));
      if (op.getPositions())
        inputs.positions = viewOf(op.getPositions());
      Value out = emitCompress(b, tile, op, inputs);
      int64_t dim = TileBuilder::typeOf(out).getDimSize(1);
      Value row = b.add(b.div(place.getBase(), stride), firstWindow);
      b.store(out, viewOf(op.getOutput()), {row, tile.kvHead, b.index(0)},
              {plan.tokens, 1, dim}, count);
    });
  }

  LogicalResult emitRows() {
    auto combine = dyn_cast<attn::CombineOp>(kernel.ops.front());
    if (!combine || kernel.ops.size() != 1)
      return kernel.root->emitOpError() << "expected operations that one kernel can "
                                           "compute together";
    Value rows = tokens(), first = b.mul(programId(0), plan.tokens);
    Value part = plan.kvHeads == 1 ? b.index(0) : programId(1);
    return emitQueryOps(QueryTile::at(b, plan.tokens, plan.group, plan.groupRows,
                                      Place::packed(b, b.index(0), rows, rows), first,
                                      part));
  }

  LogicalResult emitQueries() {
    auto place = locate(plan.tokens);
    LogicalResult result = success();
    emitIf(b.less(place.getFirst(), place.getLength()), [&] {
      result =
          emitQueryOps(QueryTile::at(b, plan.tokens, plan.group, plan.groupRows,
                                     placeOf(place), place.getFirst(), programId(1)));
    });
    return result;
  }

  LogicalResult emitQueryOps(const QueryTile &tile) {
    for (Operation *op : kernel.ops) {
      LogicalResult result = success();
      if (auto attend = dyn_cast<attn::AttendOp>(op))
        result = emitAttendOp(tile, attend);
      else if (auto combine = dyn_cast<attn::CombineOp>(op))
        emitCombineOp(tile, combine);
      else if (auto topk = dyn_cast<attn::SelectTopkOp>(op))
        result = emitTopkOp(tile, topk);
      else if (isa<attn::ScoreBlocksOp, attn::IndexBlocksOp>(op))
        result = emitScoresOp(tile, op);
      else
        result = op->emitOpError()
                 << "expected attend, score_blocks, index_blocks, "
                    "select_topk or combine in a kernel of query rows";
      if (failed(result))
        return failure();
    }
    return success();
  }

  bool leaves(Value value) { return llvm::is_contained(kernel.outputs, value); }

  /// Tiles of packed rows that this kernel has, loaded once.
  Value packedTile(const QueryTile &tile, Value value) {
    Value &entry = tiles[value];
    if (!entry)
      entry = tile.loadPacked(b, viewOf(value));
    return entry;
  }

  /// The rows of `value` that some tile of the kernel's has; those of all of its heads
  /// are loaded once.
  auto queryLoader(Value value) {
    return [this, value](const QueryTile &tile) {
      return tile.group == plan.group ? packedTile(tile, value)
                                      : tile.loadPacked(b, viewOf(value));
    };
  }

  FailureOr<AttendInputs> attendInputs(attn::AttendOp op) {
    FailureOr<tile::ScheduleAttr> schedule = tuning::getSchedule(op);
    if (failed(schedule))
      return failure();
    Value indices = op.getIndices() ? viewOf(op.getIndices()) : Value();
    return AttendInputs{viewOf(op.getK()), viewOf(op.getV()),      indices,
                        op.getKeys(),      op.getScaleOrDefault(), schedule->getKeys()};
  }

  void storeAttend(const QueryTile &tile, attn::AttendOp op,
                   const AttendResult &result) {
    if (leaves(op.getOut()))
      tile.storePacked(b, result.out, viewOf(op.getOut()));
    if (leaves(op.getLse()))
      tile.storeRowValues(b, result.lse, viewOf(op.getLse()));
  }

  LogicalResult emitAttendOp(const QueryTile &tile, attn::AttendOp op) {
    FailureOr<AttendInputs> inputs = attendInputs(op);
    if (failed(inputs))
      return failure();
    AttendResult result = emitAttend(b, tile, packedTile(tile, op.getQ()), *inputs);
    storeAttend(tile, op, result);
    tiles[op.getOut()] = result.out;
    return success();
  }

  void emitCombineOp(const QueryTile &tile, attn::CombineOp op) {
    int64_t dv = cast<RankedTensorType>(op.getOut().getType()).getDimSize(2);
    Value out;
    for (auto [c, branch] : llvm::enumerate(op.getBranches())) {
      Value gate = b.toF32(tile.loadRowColumn(b, viewOf(op.getGates()), c));
      if (op.getMode() == attn::GateMode::Logits) {
        Value one = b.constantLike(gate, 1.0);
        Value e = math::ExpOp::create(b, arith::NegFOp::create(b, gate));
        gate = arith::DivFOp::create(b, one, b.addf(one, e));
      }
      Value term = b.mulf(b.toF32(packedTile(tile, branch)), b.alongRows(gate, dv));
      out = out ? b.addf(out, term) : term;
    }
    tiles[op.getOut()] = out;
    if (leaves(op.getOut()))
      tile.storePacked(b, out, viewOf(op.getOut()));
  }

  /// Streams the scores that `source` computes.
  FailureOr<SmallVector<Value>> streamScores(const QueryTile &tile, Operation *source,
                                             ValueRange inits, ScoreConsumer consumer) {
    FailureOr<tile::ScheduleAttr> schedule = tuning::getSchedule(source);
    if (failed(schedule))
      return failure();
    if (auto index = dyn_cast<attn::IndexBlocksOp>(source)) {
      Value weights = index.getWeights() ? viewOf(index.getWeights()) : Value();
      return emitIndexScores(
          b, tile, queryLoader(index.getIq()),
          {viewOf(index.getIk()), weights, index, int64_t(schedule->getKeys())}, inits,
          consumer);
    }
    auto scores = cast<attn::ScoreBlocksOp>(source);
    ScoreInputs inputs{
        viewOf(scores.getKc()),     viewOf(scores.getLse()),
        scores.getWindows(),        int64_t(scores.getBlocks().getBlock()),
        scores.getScaleOrDefault(), schedule->getKeys()};
    return emitComputedScores(b, tile, queryLoader(scores.getQ()), inputs, inits,
                              consumer);
  }

  /// A matrix that leaves is written here; one that only a top-k of this kernel reads
  /// is streamed where it is read.
  LogicalResult emitScoresOp(const QueryTile &tile, Operation *op) {
    Value matrix = op->getResult(0);
    if (!leaves(matrix))
      return success();
    auto store = [&](Value scores, Value firstBlock, ValueRange) {
      int64_t blocks = TileBuilder::typeOf(scores).getDimSize(1);
      b.store(scores, viewOf(matrix), {tile.row, tile.kvHead, firstBlock},
              {tile.tokens, 1, blocks}, tile.count);
      return SmallVector<Value>();
    };
    return success(succeeded(streamScores(tile, op, {}, store)));
  }

  LogicalResult emitTopkOp(const QueryTile &tile, attn::SelectTopkOp op) {
    SmallVector<Value> inits = emitTopkInit(b, tile, op);
    FailureOr<SmallVector<Value>> state;
    auto consumer = [&](Value scores, Value firstBlock, ValueRange carried) {
      return emitTopkStep(b, tile, op, scores, firstBlock, carried);
    };
    Operation *source = op.getScores().getDefiningOp();
    if (source && llvm::is_contained(kernel.ops, source))
      state = streamScores(tile, source, inits, consumer);
    else
      state = emitStoredScores(b, tile, viewOf(op.getScores()),
                               op.getBlocks().getBlock(), inits, consumer);
    if (failed(state))
      return failure();
    Type indices = (*state)[1].getType();
    Value sorted = tile::TopkIndicesOp::create(b, indices, (*state)[1]);
    if (leaves(op.getIndices()))
      tile.storePerToken(b, sorted, viewOf(op.getIndices()));
    return success();
  }

  TileBuilder &b;
  const KernelOps &kernel;
  const KernelPlan &plan;
  ViewOf viewOf;
  llvm::DenseMap<Value, Value> tiles;
};

} // namespace

FailureOr<SmallVector<Value>> fovea::emitGrid(TileBuilder &b, const KernelOps &kernel,
                                              ViewOf viewOf) {
  FailureOr<KernelPlan> plan = planKernel(kernel);
  if (failed(plan))
    return failure();
  Value rows = memref::DimOp::create(b, viewOf(kernel.ops.front()->getOperand(0)), 0);
  Value heads = b.index(plan->kvHeads);
  if (plan->shape == KernelShape::Rows)
    return SmallVector<Value>{b.ceilDiv(rows, plan->tokens), heads};
  // Enough tiles for each run of rows that the offsets cut (tile.locate).
  Value offsets = memref::DimOp::create(b, viewOf(plan->cu), 0);
  Value runs = b.add(offsets, b.index(1));
  int64_t step = plan->tokens;
  if (auto compress = dyn_cast<attn::CompressOp>(kernel.ops.front()))
    step *= compress.getWindows().getStride();
  return SmallVector<Value>{b.add(b.div(rows, step), runs), heads};
}

LogicalResult fovea::emitKernelBody(TileBuilder &b, const KernelOps &kernel,
                                    ViewOf viewOf) {
  FailureOr<KernelPlan> plan = planKernel(kernel);
  if (failed(plan))
    return failure();
  if (plan->groupRows != plan->group)
    b.getInsertionBlock()->getParentOp()->setAttr(
        tile::kHeadsAttrName, IntegerAttr::get(b.getI64Type(), plan->group));
  return BodyEmitter(b, kernel, *plan, viewOf).emit();
}
