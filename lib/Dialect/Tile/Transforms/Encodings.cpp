//===- Encodings.cpp - which tiles of a kernel lie alike ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Encodings.h"

#include "fovea/Dialect/Tile/IR/Phase.h"
#include "fovea/Dialect/Tile/IR/QueuedRows.h"
#include "fovea/Dialect/Tile/IR/TileType.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/EquivalenceClasses.h"

using namespace mlir;
using namespace fovea::tile;

namespace {
enum class Family {
  Unknown,
  Fragment,
  Lanes,
  Queued,
  Scratch,
  Shared,
  SharedValues,
  Flat,
  Bits
};
enum class Axis { Unknown, Rows, Columns };

/// What is known of a class.
struct Place {
  Family family = Family::Unknown;
  Axis axis = Axis::Unknown; ///< of a class of rank 1: what its values belong to
  int64_t queue = -1;        ///< of entries of a top-k: which top-k of the kernel
};
} // namespace

namespace fovea::tile {

/// Collects the classes, their links and what operations ask for, then solves.
class EncodingSolver {
public:
  explicit EncodingSolver(KernelOp kernel) : kernel(kernel) {}
  FailureOr<EncodingAnalysis> solve();

private:
  void visit(Operation *op);
  void visitLoop(ValueRange inits, Block::BlockArgListType args, ValueRange yielded,
                 ValueRange results);
  void visitLoad(LoadOp op);
  void visitSelection(Operation *op);

  void bind(Value a, Value b) {
    if (tileType(a))
      classes.unionSets(key(a), key(b));
  }
  void bindAll(ValueRange as, ValueRange bs) {
    for (auto [a, b] : llvm::zip_equal(as, bs))
      bind(a, b);
  }
  /// `rank1` is the rows or the columns of `rank2`.
  void link(Value rank1, Value rank2, Axis axis) {
    links.push_back({rank1, rank2, axis});
  }
  void ask(Value tile, Family family, Axis axis = Axis::Unknown) {
    wishes.push_back({tile, family, axis});
  }

  LogicalResult assign(Value tile, Family family, Axis axis);
  LogicalResult placeSpreads();
  LogicalResult spreadLinks();
  FailureOr<Attribute> encode(Value tile);
  void chooseFreeFamilies();
  LogicalResult numberQueues();
  LogicalResult findWarps();

  const void *key(Value value) {
    const void *pointer = value.getAsOpaquePointer();
    if (seen.insert(pointer).second) {
      classes.insert(pointer);
      tiles.push_back(value);
    }
    return pointer;
  }
  Place &placeOf(Value value) { return places[classes.getLeaderValue(key(value))]; }

  struct Link {
    Value rank1, rank2;
    Axis axis;
  };
  KernelOp kernel;
  llvm::EquivalenceClasses<const void *> classes;
  llvm::DenseSet<const void *> seen;
  SmallVector<Value> tiles;
  SmallVector<Link> links;
  SmallVector<BroadcastOp> spreads; ///< of values of columns
  SmallVector<Value> loaded;        ///< tiles of rank 1
  SmallVector<std::tuple<Value, Family, Axis>> wishes;
  SmallVector<Value> entries; ///< that the end of a top-k takes, wherever they lie
  llvm::DenseMap<const void *, Place> places;
  int64_t warps = 0;
};

} // namespace fovea::tile

void EncodingSolver::visitLoop(ValueRange inits, Block::BlockArgListType args,
                               ValueRange yielded, ValueRange results) {
  for (auto [init, arg, value, result] : llvm::zip_equal(inits, args, yielded, results))
    if (tileType(init)) {
      bind(init, arg);
      bind(init, value);
      bind(init, result);
    }
}

/// Straight into shared memory if matrix instructions read it and nothing else does,
/// and the copy engine can bring it: whole boxes, which begin in the view.
void EncodingSolver::visitLoad(LoadOp op) {
  key(op.getTile());
  if (tileType(op.getTile()).getRank() == 1)
    loaded.push_back(op.getTile());
  if (op.getRows())
    ask(op.getRows(), Family::Lanes, Axis::Columns);
  auto isOperand = [&](OpOperand &use) {
    auto dot = dyn_cast<DotOp>(use.getOwner());
    return dot && use.get() != dot.getAcc();
  };
  if (op.getStep() == 1 && !op.getFrom() && !op.getTransposed() && !op.isRepeated() &&
      !op.getTile().use_empty() && llvm::all_of(op.getTile().getUses(), isOperand))
    ask(op.getTile(), Family::Shared);
}

void EncodingSolver::visitSelection(Operation *op) {
  if (auto band = dyn_cast<BandSumOp>(op)) {
    ask(band.getInput(), Family::Scratch);
    for (Value value : {band.getCarry(), band.getScores(), band.getNewCarry()})
      ask(value, Family::Lanes);
    bind(band.getCarry(), band.getNewCarry());
    return;
  }
  if (auto blockMax = dyn_cast<BlockMaxOp>(op)) {
    auto reduce = blockMax.getInput().getDefiningOp<ReduceOp>();
    ask(blockMax.getInput(),
        reduce && reduce.getGroup() ? Family::Scratch : Family::Fragment);
    ask(blockMax.getScores(), Family::Lanes);
    return;
  }
  if (auto update = dyn_cast<TopkUpdateOp>(op)) {
    int64_t columns = tileType(update.getScores()).getDimSize(1);
    Family entries = goThroughQueue(columns) ? Family::Queued : Family::Lanes;
    ask(update.getValues(), entries);
    ask(update.getIndices(), entries);
    ask(update.getScores(), Family::Lanes);
    bind(update.getValues(), update.getNewValues());
    bind(update.getIndices(), update.getNewIndices());
    return;
  }
  auto topk = cast<TopkIndicesOp>(op);
  entries.append({topk.getValues(), topk.getIndices()});
  ask(topk.getSorted(), Family::Lanes);
}

void EncodingSolver::visit(Operation *op) {
  if (auto load = dyn_cast<LoadOp>(op))
    return visitLoad(load);
  if (auto read = dyn_cast<ReadOp>(op)) {
    ask(read.getValues(), Family::SharedValues);
    key(read.getResult());
    return;
  }
  if (auto dot = dyn_cast<DotOp>(op)) {
    bind(dot.getAcc(), dot.getResult());
    ask(dot.getResult(), Family::Fragment);
    ask(dot.getRhs(), Family::Shared);
    return;
  }
  if (auto reduce = dyn_cast<ReduceOp>(op)) {
    if (reduce.getGroup())
      ask(reduce.getInput(), Family::Fragment),
          ask(reduce.getResult(), Family::Scratch);
    else
      link(reduce.getResult(), reduce.getInput(),
           reduce.getAxis() == 1 ? Axis::Rows : Axis::Columns);
    return;
  }
  if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
    if (broadcast.getAxis() == 0) {
      key(broadcast.getInput());
      key(broadcast.getResult());
      spreads.push_back(broadcast);
      return;
    }
    return link(broadcast.getInput(), broadcast.getResult(), Axis::Rows);
  }
  if (auto repeat = dyn_cast<RepeatOp>(op);
      repeat && !tileType(repeat.getInput()).getElementType().isInteger(1)) {
    for (Value values : {repeat.getInput(), repeat.getResult()})
      ask(values, Family::Lanes, Axis::Columns);
    return;
  }
  if (auto repeat = dyn_cast<RepeatOp>(op)) {
    ask(repeat.getInput(), Family::Bits);
    ask(repeat.getResult(), Family::Fragment);
    placeOf(repeat.getResult()); // its rows
    return;
  }
  if (auto any = dyn_cast<AnyTokenOp>(op))
    return ask(any.getTokens(), Family::Bits);
  if (auto visits = dyn_cast<VisitsOpInterface>(op)) {
    for (Value tile : visits.getSearched())
      ask(tile, Family::Flat);
    return;
  }
  if (isa<BandSumOp, BlockMaxOp, TopkUpdateOp, TopkIndicesOp>(op))
    return visitSelection(op);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return visitLoop(loop.getInits(), loop.getRegionIterArgs(), loop.getYieldedValues(),
                     loop.getResults());
  if (auto loop = dyn_cast<ForVisitsOp>(op)) {
    ask(loop.getTokenMask(), Family::Bits);
    return visitLoop(loop.getInits(), loop.getCarried(),
                     loop.getBody().front().getTerminator()->getOperands(),
                     loop.getResults());
  }
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    if (branch.getNumResults()) {
      bindAll(branch.getResults(), branch.thenYield().getOperands());
      bindAll(branch.getResults(), branch.elseYield().getOperands());
    }
    return;
  }
  if (isa<StoreOp, YieldOp, scf::YieldOp>(op)) {
    for (Value operand : op->getOperands())
      if (tileType(operand))
        key(operand);
    return;
  }
  // Elementwise: every tile of the operation lies alike.
  Value first;
  for (ValueRange values :
       {ValueRange(op->getOperands()), ValueRange(op->getResults())})
    for (Value value : values)
      if (tileType(value)) {
        first = first ? first : value;
        key(value);
        bind(first, value);
      }
}

/// Where to say something of `tile`: what a block carries may have no place of its own.
static Location placeToName(Value tile) {
  if (!isa<UnknownLoc>(tile.getLoc()))
    return tile.getLoc();
  Operation *op = tile.getDefiningOp();
  return getPlace(op ? op : tile.getParentBlock()->getParentOp());
}

LogicalResult EncodingSolver::assign(Value tile, Family family, Axis axis) {
  Place &place = placeOf(tile);
  bool clash =
      (family != Family::Unknown && place.family != Family::Unknown &&
       place.family != family) ||
      (axis != Axis::Unknown && place.axis != Axis::Unknown && place.axis != axis);
  if (clash) {
    auto diagnostic = mlir::emitError(placeToName(tile))
                      << "expected a tile to lie in one way, got two for "
                      << tile.getType();
    return diagnostic;
  }
  if (family != Family::Unknown)
    place.family = family;
  if (axis != Axis::Unknown)
    place.axis = axis;
  return success();
}

/// Values of columns lie as the columns do, but for loaded ones: each lane holds its
/// share of them, with what is computed of them, and lanes give one another what they
/// need when they need it. As the columns of a fragment lie, eight rows of lanes would
/// load and hold the same. Numbers of rows, and what repeats them, lie so already.
LogicalResult EncodingSolver::placeSpreads() {
  for (BroadcastOp spread : spreads) {
    Value values = spread.getInput();
    bool isLoaded = llvm::any_of(loaded, [&](Value tile) {
      return classes.isEquivalent(key(tile), key(values));
    });
    if (!isLoaded && placeOf(values).family != Family::Lanes)
      link(values, spread.getResult(), Axis::Columns);
    else if (failed(assign(values, Family::Lanes, Axis::Columns)))
      return failure();
  }
  return success();
}

/// A class of rank 1 and its rank-2 class are of one family. Runs to a fixed point.
LogicalResult EncodingSolver::spreadLinks() {
  for (size_t round = 0; round <= links.size(); ++round)
    for (auto [rank1, rank2, axis] : links) {
      if (failed(assign(rank1, placeOf(rank2).family, axis)) ||
          failed(assign(rank2, placeOf(rank1).family, Axis::Unknown)))
        return failure();
    }
  return success();
}

/// What nothing asks for is a fragment where its rows make some, else in lanes, as
/// entries are that no scores were offered to.
void EncodingSolver::chooseFreeFamilies() {
  for (Value tile : entries)
    if (placeOf(tile).family == Family::Unknown)
      placeOf(tile).family = Family::Lanes;
  for (Value tile : tiles) {
    RankedTensorType type = tileType(tile);
    if (type.getRank() == 2 && placeOf(tile).family == Family::Unknown)
      placeOf(tile).family =
          type.getDimSize(0) % kFragmentRows == 0 ? Family::Fragment : Family::Lanes;
  }
}

/// A top-k has one queue, whatever its entries are called on their way.
LogicalResult EncodingSolver::numberQueues() {
  int64_t queues = 0;
  auto number = [&](Operation *op, Value values, Value indices) -> LogicalResult {
    int64_t queue = placeOf(values).queue;
    if (placeOf(indices).queue != queue ||
        placeOf(indices).family != placeOf(values).family)
      return op->emitOpError(
          "expected values and indices of one top-k, got those of two");
    if (queue < 0 && placeOf(values).family == Family::Queued) {
      placeOf(values).queue = queues;
      placeOf(indices).queue = queues++;
    }
    return success();
  };
  WalkResult result = kernel.walk([&](Operation *op) -> WalkResult {
    if (auto update = dyn_cast<TopkUpdateOp>(op))
      return number(op, update.getValues(), update.getIndices());
    if (auto topk = dyn_cast<TopkIndicesOp>(op))
      return number(op, topk.getValues(), topk.getIndices());
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Fragments have one number of rows in a kernel: 16 per warp. Without any, rows in
/// lanes get a warp each, and where there are no tiles, inverted lists say how many.
LogicalResult EncodingSolver::findWarps() {
  for (Value tile : tiles) {
    RankedTensorType type = tileType(tile);
    if (type.getRank() != 2 || placeOf(tile).family != Family::Fragment)
      continue;
    int64_t rows = type.getDimSize(0);
    if (rows % kFragmentRows != 0)
      return kernel.emitOpError() << "expected " << kFragmentRows
                                  << " to divide the rows of its tiles, got " << rows;
    if (warps && warps != rows / kFragmentRows)
      return kernel.emitOpError() << "expected one number of rows in its tiles, got "
                                  << warps * kFragmentRows << " and " << rows;
    warps = rows / kFragmentRows;
  }
  for (Value tile : tiles)
    if (!warps && tileType(tile).getRank() == 2 &&
        placeOf(tile).family == Family::Lanes)
      warps = tileType(tile).getDimSize(0);
  kernel.walk([&](InvertListsOp op) {
    if (!warps)
      warps = getListWarps(op.getTokens());
  });
  if (!warps)
    return kernel.emitOpError() << "expected a tile of rank 2, got none";
  return success();
}

FailureOr<Attribute> EncodingSolver::encode(Value tile) {
  MLIRContext *context = kernel.getContext();
  RankedTensorType type = tileType(tile);
  Place place = placeOf(tile);
  bool rank2 = type.getRank() == 2, columns = place.axis == Axis::Columns;
  auto emitError = [&] { return mlir::emitError(placeToName(tile)); };
  Attribute encoding;
  switch (place.family) {
  case Family::Unknown:
  case Family::Fragment:
    encoding = rank2     ? Attribute(FragmentAttr::get(context, warps))
               : columns ? Attribute(FragmentColumnsAttr::get(context, warps))
                         : Attribute(FragmentRowsAttr::get(context, warps));
    break;
  case Family::Lanes:
    encoding = rank2     ? Attribute(LanesAttr::get(context, warps))
               : columns ? Attribute(LaneColumnsAttr::get(context, warps))
                         : Attribute(LaneRowsAttr::get(context, warps));
    break;
  case Family::Queued:
    encoding = QueuedAttr::get(context, warps, place.queue);
    break;
  case Family::Scratch:
    encoding = ScratchAttr::get(context, warps);
    break;
  case Family::Flat:
    encoding = FlatAttr::get(context);
    break;
  case Family::Bits:
    encoding = BitsAttr::get(context);
    break;
  case Family::SharedValues:
    encoding = SharedValuesAttr::get(context);
    break;
  case Family::Shared: {
    int64_t rowBytes =
        type.getDimSize(1) * type.getElementType().getIntOrFloatBitWidth() / 8;
    int64_t swizzle = widestSwizzle(rowBytes);
    if (!swizzle || !(type.getElementType().isF16() || type.getElementType().isBF16()))
      return emitError() << "expected operands of matrix instructions to have f16 or "
                            "bf16 rows of a multiple of 32 bytes, got "
                         << type;
    encoding = SharedAttr::get(context, swizzle);
    break;
  }
  }
  if (failed(cast<VerifiableTensorEncoding>(encoding).verifyEncoding(
          type.getShape(), type.getElementType(), emitError)))
    return failure();
  return encoding;
}

FailureOr<EncodingAnalysis> EncodingSolver::solve() {
  kernel.getBody().walk([&](Operation *op) { visit(op); });
  for (auto [tile, family, axis] : wishes)
    if (failed(assign(tile, family, axis)))
      return failure();
  if (failed(placeSpreads()) || failed(spreadLinks()))
    return failure();
  chooseFreeFamilies();
  if (failed(spreadLinks()) || failed(findWarps()) || failed(numberQueues()))
    return failure();
  EncodingAnalysis analysis;
  for (Value tile : tiles) {
    FailureOr<Attribute> encoding = encode(tile);
    if (failed(encoding))
      return failure();
    analysis.encodings[tile] = *encoding;
  }
  return analysis;
}

FailureOr<EncodingAnalysis> EncodingAnalysis::of(KernelOp kernel) {
  return EncodingSolver(kernel).solve();
}
