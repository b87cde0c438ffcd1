//===- Memory.cpp - views -------------------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace fovea::tile;

/// Who reads or writes an element: launch, program, group, from high bits to low. A
/// copy is of no program.
static constexpr int kLaunchShift = 40, kProgramShift = 8;
static constexpr uint64_t kNoProgram = (uint64_t(1) << kLaunchShift) - 1;

Buffer::Buffer(fovea::ElementType type, ArrayRef<int64_t> shape)
    : type(type), shape(shape) {
  int64_t size = 1;
  for (int64_t dim : shape)
    size *= dim;
  if (isFloat())
    floats.resize(size);
  else
    ints.resize(size);
  writers.resize(size);
  readers.resize(size);
}

void Buffer::poison() {
  llvm::fill(floats, NAN);
  llvm::fill(ints, std::numeric_limits<int32_t>::min());
}

namespace {
/// The elements of a box of a view, in the order of the tile's. With one size more than
/// offsets, the first says how often the box of the others is walked.
struct Box {
  ArrayRef<int64_t> offsets, sizes;
  int64_t step = 1;
  ArrayRef<int32_t> rows = {}; ///< where the first dim is gathered

  /// How far index `i` of axis `axis` is from the offset.
  int64_t distanceOf(size_t axis, int64_t i) const {
    if (axis != 0)
      return i;
    return rows.empty() ? i * step : rows[i];
  }

  /// Calls `visit(element of the tile, indices in the box, offset in a view of `shape`
  /// or -1 where the view does not reach)`.
  template <typename Visit> void walk(ArrayRef<int64_t> shape, Visit visit) const {
    SmallVector<int64_t, 4> at(sizes.size());
    int64_t count = 1;
    for (int64_t size : sizes)
      count *= size;
    for (int64_t element = 0; element < count; ++element) {
      int64_t offset = 0;
      size_t repeats = sizes.size() - offsets.size();
      for (size_t axis = 0; axis < offsets.size() && offset >= 0; ++axis) {
        int64_t index = offsets[axis] + distanceOf(axis, at[axis + repeats]);
        bool inside = index >= 0 && index < shape[axis];
        offset = inside ? offset * shape[axis] + index : -1;
      }
      visit(element, at, offset);
      for (size_t axis = sizes.size(); axis-- > 0 && ++at[axis] == sizes[axis];)
        at[axis] = 0;
    }
  }
};
} // namespace

static uint64_t inLaunch(const World &world, uint64_t who) {
  return uint64_t(world.launches) << kLaunchShift | who;
}
static uint64_t accessorOf(const Machine &machine) {
  uint64_t program = machine.programNumber();
  return inLaunch(machine.world, program << kProgramShift | machine.group);
}
static bool isOfSameLaunch(uint64_t one, uint64_t other) {
  return one >> kLaunchShift == other >> kLaunchShift;
}

/// Notes that `reader` reads the element, and says whether somebody else writes it in
/// the same launch: neither programs nor groups have an order.
static bool readElement(Buffer &view, int64_t at, uint64_t reader) {
  uint64_t before = view.readers[at], writer = view.writers[at];
  bool isShared = isOfSameLaunch(before, reader) && before != reader;
  view.readers[at] = isShared ? reader | kNoProgram : reader;
  return isOfSameLaunch(writer, reader) && writer != reader;
}
static void reportWrittenNow(Operation *op, World &world) {
  if (world.options.mayShareElements)
    return;
  world.findings.report(FindingKind::Race, op->getLoc(),
                        "an element is read that this launch writes");
}

/// Whether the element at `indices` of the box of `op` is before `count`, not
/// below `from` and no padding.
template <typename OpTy>
static bool isCounted(OpTy op, ArrayRef<int64_t> indices, int64_t count,
                      int64_t from = 0) {
  return indices[0] >= from && indices[0] < count &&
         (!op.getWithin() || indices[1] < int64_t(*op.getWithin()));
}

TileRef fovea::tile::readBox(const Copy &copy, World &world) {
  PutOp op = copy.op;
  Buffer &view = *copy.view;
  auto tile = std::make_shared<Tile>(cast<RingType>(op.getRing().getType()).getSlot());
  bool raced = false;
  Box box{copy.offsets, op.getSizes()};
  if (copy.rows)
    box.rows = copy.rows->ints;
  box.walk(view.shape, [&](int64_t element, ArrayRef<int64_t> indices, int64_t at) {
    bool isThere = at >= 0 && isCounted(op, indices, copy.count);
    tile->floats[element] = isThere ? view.floats[at] : 0.0f;
    raced |= isThere && readElement(view, at, inLaunch(world, kNoProgram));
  });
  if (raced)
    reportWrittenNow(op, world);
  return tile;
}

static std::string describeOutside(const Buffer &view, ArrayRef<int64_t> offsets) {
  std::string text = "expected a box inside of the view of shape [";
  llvm::raw_string_ostream stream(text);
  llvm::interleaveComma(view.shape, stream);
  stream << "], got one at [";
  llvm::interleaveComma(offsets, stream);
  stream << "]";
  return text;
}

static void evaluateLoad(LoadOp op, Machine &machine) {
  const BufferRef &view = machine.buffer(op.getView());
  auto offsets = machine.integers(op.getOffsets());
  int64_t count = op.getCount() ? machine.integer(op.getCount())
                                : std::numeric_limits<int64_t>::max();
  int64_t from = op.getFrom() ? machine.integer(op.getFrom()) : 0;
  TileRef rows;
  if (op.getRows() && !(rows = machine.tile(op.getRows(), op)))
    return;
  SmallVector<int64_t> shape = view->shape;
  if (op.getFlat())
    shape = {llvm::product_of(view->shape)};
  auto tile = std::make_shared<Tile>(cast<RankedTensorType>(op.getTile().getType()));
  bool outside = false, raced = false;
  uint64_t reader = accessorOf(machine);
  Box box{offsets, op.getSizes(), int64_t(op.getStep())};
  if (rows)
    box.rows = rows->ints;
  int64_t boxColumns = op.getSizes().back(), tileColumns = tile->columns();
  auto isBeforeCount = [&](int64_t element, ArrayRef<int64_t> in) {
    return op.getRowwise() ? element / tileColumns < count
                           : isCounted(op, in, count, from);
  };
  box.walk(shape, [&](int64_t element, ArrayRef<int64_t> in, int64_t at) {
    if (op.getTransposed())
      element = element % boxColumns * tileColumns + element / boxColumns;
    bool counts = isBeforeCount(element, in), isRead = counts && at >= 0;
    outside |= counts && at < 0 && !rows;
    if (isRead && machine.ownsRow(op.getTile().getType(), element / tileColumns))
      raced |= readElement(*view, at, reader);
    if (tile->isFloat)
      tile->floats[element] = isRead ? view->floats[at] : 0.0f;
    else
      tile->ints[element] = isRead ? view->ints[at] : 0;
  });
  if (outside)
    machine.world.findings.report(FindingKind::Bounds, op.getLoc(),
                                  describeOutside(*view, offsets));
  if (raced)
    reportWrittenNow(op, machine.world);
  machine.set(op, TileRef(tile));
}

/// Whether somebody else reads the element that `writer` is about to write.
static bool isReadByOthers(const Buffer &view, int64_t at, uint64_t writer) {
  return isOfSameLaunch(view.readers[at], writer) && view.readers[at] != writer;
}

/// Writes one element and says whether no other program of this launch wrote it, and no
/// other group another value.
static bool writeElement(Buffer &view, int64_t at, const Tile &tile, int64_t element,
                         uint64_t writer) {
  uint64_t before = view.writers[at];
  bool same = tile.isFloat ? view.floats[at] == tile.floats[element] ||
                                 (std::isnan(view.floats[at]) &&
                                  std::isnan(tile.floats[element]))
                           : view.ints[at] == tile.ints[element];
  bool clash = isOfSameLaunch(before, writer) && before != writer &&
               (before >> kProgramShift != writer >> kProgramShift || !same);
  if (tile.isFloat)
    view.floats[at] = tile.floats[element];
  else
    view.ints[at] = tile.ints[element];
  view.writers[at] = writer;
  return !clash;
}

static void evaluateStore(StoreOp op, Machine &machine) {
  TileRef tile = machine.tile(op.getTile(), op);
  if (!tile)
    return;
  const BufferRef &view = machine.buffer(op.getView());
  auto type = cast<RankedTensorType>(op.getTile().getType());
  auto offsets = machine.integers(op.getOffsets());
  int64_t count = op.getCount() ? machine.integer(op.getCount())
                                : std::numeric_limits<int64_t>::max();
  World &world = machine.world;
  uint64_t writer = accessorOf(machine);
  int64_t columns = type.getRank() == 2 ? type.getDimSize(1) : 1;
  bool outside = false, clash = false, isRead = false;
  Box{offsets, op.getSizes(), int64_t(op.getStep())}.walk(
      view->shape, [&](int64_t element, ArrayRef<int64_t> in, int64_t at) {
        if (!isCounted(op, in, count) || !machine.ownsRow(type, element / columns))
          return;
        if (at < 0) {
          outside = true;
          return;
        }
        isRead |= isReadByOthers(*view, at, writer);
        clash |= !writeElement(*view, at, *tile, element, writer);
      });
  if (outside)
    world.findings.report(FindingKind::Bounds, op.getLoc(),
                          describeOutside(*view, offsets));
  if (world.options.mayShareElements)
    return;
  if (clash)
    world.findings.report(FindingKind::Race, op.getLoc(),
                          "an element is written by two programs, or by two groups "
                          "with two values, of one launch");
  if (isRead)
    world.findings.report(FindingKind::Race, op.getLoc(),
                          "an element is written that another program or group of this "
                          "launch reads");
}

namespace {
/// One program's part of inverted lists, as the operation is defined: a block at a
/// time.
class InvertedBlocks {
public:
  InvertedBlocks(InvertListsOp op, Machine &machine)
      : op(op), machine(machine), accessor(accessorOf(machine)),
        lists(*machine.buffer(op.getLists())), bounds(*machine.buffer(op.getBounds())),
        entries(*machine.buffer(op.getEntries())),
        value(RankedTensorType::get({1}, IntegerType::get(op.getContext(), 32))),
        base(machine.integer(op.getBase())), head(machine.integer(op.getHead())),
        length(machine.integer(op.getLength())), keys(machine.integer(op.getKeys())),
        blocksBase(machine.integer(op.getBlocksBase())),
        blocksLength(machine.integer(op.getBlocksLength())), heads(lists.shape[1]),
        listed(lists.shape[2]) {}

  void write() {
    int64_t block = op.getBlock(), first = machine.integer(op.getFirst()) / block;
    int64_t last =
        std::min(first + int64_t(op.getBlocks()), (blocksLength + block - 1) / block);
    int64_t begin = base * listed;
    for (int64_t b = 0; b < last; ++b)
      begin = writeBlock(b, begin, /*isOwn=*/b >= first);
    if (first < last && last * block >= blocksLength)
      fill(begin, (base + length) * listed);
    if (machine.world.options.mayShareElements || (!raced && !clash))
      return;
    machine.world.findings.report(FindingKind::Race, op.getLoc(),
                                  clash ? "an element is written by two programs"
                                        : "an element is read that this launch writes");
  }

private:
  /// Gives where the next block's segment begins.
  int64_t writeBlock(int64_t b, int64_t begin, bool isOwn) {
    int64_t end = begin, next = begin;
    for (int64_t t = 0; t < keys; ++t) {
      int64_t before = next;
      for (int64_t i = 0; i < listed; ++i) {
        int64_t at = ((base + t) * heads + head) * listed + i;
        raced |= readElement(lists, at, accessor);
        next += lists.ints[at] == b;
      }
      if (isOwn && next > before)
        put(entries, head * lists.shape[0] * listed + end++, t);
    }
    if (!isOwn)
      return next;
    fill(end, next);
    int64_t firstToken = b * int64_t(op.getBlock());
    for (int64_t t = firstToken;
         t < std::min(firstToken + int64_t(op.getBlock()), blocksLength); ++t) {
      bool isBlock = t == firstToken && keys > 0;
      put(bounds, ((blocksBase + t) * heads + head) * 2, isBlock ? begin : 0);
      put(bounds, ((blocksBase + t) * heads + head) * 2 + 1, isBlock ? end : 0);
    }
    return next;
  }

  void fill(int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; ++at)
      put(entries, head * lists.shape[0] * listed + at, -1);
  }

  void put(Buffer &view, int64_t at, int64_t number) {
    value.ints[0] = int32_t(number);
    clash |= isReadByOthers(view, at, accessor) ||
             !writeElement(view, at, value, 0, accessor);
  }

  InvertListsOp op;
  Machine &machine;
  uint64_t accessor;
  Buffer &lists, &bounds, &entries;
  Tile value;
  int64_t base, head, length, keys, blocksBase, blocksLength, heads, listed;
  bool raced = false, clash = false;
};
} // namespace

/// All warps do it together; of a placed kernel's groups the first one.
static void evaluateInvertLists(InvertListsOp op, Machine &machine) {
  if (machine.group == 0)
    InvertedBlocks(op, machine).write();
}

/// By halving the runs, as the definition says.
static void evaluateLocate(LocateOp op, Machine &machine) {
  const std::vector<int32_t> &cu = machine.buffer(op.getCu())->ints;
  int64_t tile = machine.integer(op.getTile()), step = op.getStep();
  int64_t tokens = machine.integer(op.getTokens()), offsets = cu.size();
  auto start = [&](int64_t run) {
    int64_t offset = run == 0 ? 0 : run > offsets ? tokens : cu[run - 1];
    return std::min(std::max<int64_t>(offset, 0), tokens);
  };
  auto firstTile = [&](int64_t run) { return start(run) / step + run; };
  int64_t run = 0;
  for (int64_t high = offsets + 1; run + 1 < high;) {
    int64_t middle = (run + high) / 2;
    (tile < firstTile(middle) ? high : run) = middle;
  }
  int64_t length = std::max<int64_t>(start(run + 1) - start(run), 0);
  machine.set(op.getSequence(), run - 1);
  machine.set(op.getBase(), start(run));
  machine.set(op.getLength(), length);
  machine.set(op.getFirst(), (tile - firstTile(run)) * step);
  machine.set(op.getKeys(), 0 < run && run < offsets ? length : 0);
}

static void evaluateSequence(SequenceOp op, Machine &machine) {
  const std::vector<int32_t> &cu = machine.buffer(op.getCu())->ints;
  int64_t number = machine.integer(op.getSequence());
  int64_t tokens = machine.integer(op.getTokens());
  int64_t base = 0, length = 0;
  bool isOne = number >= 0 && number + 1 < int64_t(cu.size());
  const std::vector<int32_t> *lengths =
      op.getLengths() ? &machine.buffer(op.getLengths())->ints : nullptr;
  if (isOne && (!lengths || number < int64_t(lengths->size()))) {
    base = std::clamp<int64_t>(cu[number], 0, tokens);
    int64_t end = std::clamp<int64_t>(cu[number + 1], 0, tokens);
    length = std::max<int64_t>(end - base, 0);
    if (lengths)
      length = std::clamp<int64_t>((*lengths)[number], 0, length);
  }
  machine.set(op.getBase(), base);
  machine.set(op.getLength(), length);
}

static void evaluateScalarLoad(memref::LoadOp op, Machine &machine) {
  const BufferRef &view = machine.buffer(op.getMemRef());
  auto indices = machine.integers(op.getIndices());
  SmallVector<int64_t, 4> ones(indices.size(), 1);
  Box{indices, ones}.walk(view->shape, [&](int64_t, ArrayRef<int64_t>, int64_t at) {
    if (at < 0)
      machine.world.findings.report(FindingKind::Bounds, op.getLoc(),
                                    describeOutside(*view, indices));
    else if (view->isFloat())
      machine.set(op, view->floats[at]);
    else
      machine.set(op, int64_t(view->ints[at]));
  });
}

bool fovea::tile::evaluateMemory(Operation *op, Machine &machine) {
  if (auto load = dyn_cast<LoadOp>(op))
    evaluateLoad(load, machine);
  else if (auto store = dyn_cast<StoreOp>(op))
    evaluateStore(store, machine);
  else if (auto inversion = dyn_cast<InvertListsOp>(op))
    evaluateInvertLists(inversion, machine);
  else if (auto locate = dyn_cast<LocateOp>(op))
    evaluateLocate(locate, machine);
  else if (auto sequence = dyn_cast<SequenceOp>(op))
    evaluateSequence(sequence, machine);
  else if (auto load = dyn_cast<memref::LoadOp>(op))
    evaluateScalarLoad(load, machine);
  else if (auto dim = dyn_cast<memref::DimOp>(op))
    machine.set(
        dim, machine.buffer(dim.getSource())->shape[machine.integer(dim.getIndex())]);
  else
    return false;
  return true;
}
