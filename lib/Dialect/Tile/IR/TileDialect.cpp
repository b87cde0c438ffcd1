//===- TileDialect.cpp - attributes and types of the tile dialect ---------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;

#include "fovea/Dialect/Tile/IR/TileDialect.cpp.inc"
#include "fovea/Dialect/Tile/IR/TileEnums.cpp.inc"

/// The schedules of #tile.candidates. The list that ODS reads by itself has to have
/// one; here candidates_c1 says so.
static ParseResult parseSchedules(AsmParser &parser,
                                  SmallVector<ScheduleAttr> &schedules) {
  return parser.parseCommaSeparatedList(
      AsmParser::Delimiter::Square, [&]() -> ParseResult {
        FailureOr<ScheduleAttr> schedule = FieldParser<ScheduleAttr>::parse(parser);
        if (failed(schedule))
          return failure();
        schedules.push_back(*schedule);
        return success();
      });
}

static void printSchedules(AsmPrinter &printer, ArrayRef<ScheduleAttr> schedules) {
  printer << '[';
  printer.printStrippedAttrOrType(schedules);
  printer << ']';
}

#define GET_ATTRDEF_CLASSES
#include "fovea/Dialect/Tile/IR/TileAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "fovea/Dialect/Tile/IR/TileTypes.cpp.inc"

void TileDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "fovea/Dialect/Tile/IR/TileAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "fovea/Dialect/Tile/IR/TileTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "fovea/Dialect/Tile/IR/TileOps.cpp.inc"
      >();
}

static bool isWithin(int64_t value, int64_t least, int64_t most) {
  return value >= least && value <= most;
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t tokens, int64_t keys, int64_t groupRows,
                                   int64_t depth, int64_t parts, GpuAttr) {
  constexpr int64_t kMaxRows = 1 << 16, kMaxParts = 64;
  if (!isWithin(tokens, 1, kMaxRows) || !isWithin(keys, 1, kMaxRows)) // schedule_c1
    return emitError() << "expected tokens and keys to be 1 to " << kMaxRows << ", got "
                       << tokens << " and " << keys;
  if (!isWithin(groupRows, 0, kMaxRows) || !isWithin(depth, 0, kMaxRows)) // schedule_c2
    return emitError() << "expected group_rows and depth to be 0 to " << kMaxRows
                       << ", got " << groupRows << " and " << depth;
  if (!isWithin(parts, 1, kMaxParts)) // schedule_c3
    return emitError() << "expected parts to be 1 to " << kMaxParts << ", got "
                       << parts;
  return success();
}

LogicalResult GpuAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              int64_t stages, int64_t outerStages, Products products,
                              int64_t residency, ProgramOrder, int64_t visitSlots,
                              bool overlap, bool turns, int64_t teams, bool oneRing) {
  for (int64_t slots : {stages, outerStages, visitSlots})
    if (!isWithin(slots, 1, kMaxStages)) // gpu_c1
      return emitError() << "expected stages, outer_stages and visit_slots to be 1 to "
                         << kMaxStages << ", got " << stages << ", " << outerStages
                         << " and " << visitSlots;
  constexpr int64_t kMaxBlocks = kMaxBlocksPerSM;
  if (!isWithin(residency, 1, kMaxBlocks)) // gpu_c2
    return emitError() << "expected residency to be 1 to " << kMaxBlocks << ", got "
                       << residency;
  if (turns && !overlap) // gpu_c3
    return emitError() << "expected turns with overlap, got them without";
  if (overlap && products != Products::Warpgroup) // gpu_c3
    return emitError() << "expected overlap with products = warpgroup, got products = "
                       << stringifyProducts(products);
  if (!isWithin(teams, 1, kWarpsPerGroup)) // gpu_c4
    return emitError() << "expected teams to be 1 to " << kWarpsPerGroup << ", got "
                       << teams;
  if (oneRing && stages < 2) // gpu_c5
    return emitError() << "expected 2 stages or more with one_ring, got " << stages;
  if (oneRing && overlap) // gpu_c5
    return emitError() << "expected one_ring without overlap, got it with overlap";
  return success();
}

LogicalResult CandidatesAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                     StringRef, StringRef,
                                     ArrayRef<ScheduleAttr> schedules) {
  if (schedules.empty()) // candidates_c1
    return emitError() << "expected at least one schedule, got none";
  for (auto [i, schedule] : llvm::enumerate(schedules))
    if (llvm::is_contained(schedules.take_front(i), schedule)) // candidates_c2
      return emitError() << "expected schedules that differ, got " << schedule
                         << " twice";
  return success();
}

GpuAttr fovea::tile::getGpuSchedule(KernelOp kernel) {
  auto schedule = kernel->getAttrOfType<ScheduleAttr>(kScheduleAttrName);
  return schedule ? schedule.getGpu() : nullptr;
}
