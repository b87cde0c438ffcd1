//===- ScheduleTable.h - schedules that were measured -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A table says which schedule of a kernel was fastest on a device, and how fast the
// others were. The format, and the road from a spec to a table, are in docs/tuning.md.
// A kernel is found by its description (KernelDescription.h); of those that a table
// does not have, the cost model chooses.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_SCHEDULETABLE_H
#define FOVEA_TUNING_SCHEDULETABLE_H

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "llvm/ADT/StringMap.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fovea::tuning {

/// Milliseconds of one launch.
struct MeasuredTime {
  double median = 0, least = 0, most = 0;
  int64_t samples = 0;
};

/// What was launched.
struct MeasuredWorkload {
  int64_t tokens = 0, sequences = 0;
  std::string data; ///< how queries and keys look, as "uncorrelated"
};

struct MeasuredSchedule {
  std::string text;                ///< as in IR: "#tile.schedule<...>"
  std::vector<MeasuredTime> times; ///< one per workload
};

/// When and where a part of a table was measured.
struct MeasuringRun {
  std::string device, driver, ptxas, commit, date;
};

struct TableEntry {
  std::string kernel; ///< its description
  int64_t run = 0;    ///< a number among the table's
  std::vector<MeasuredWorkload> workloads;
  std::vector<MeasuredSchedule> schedules; ///< at least one, the best first
  /// The best and, if there is one, the runner-up: what a compile tries.
  llvm::SmallVector<tile::ScheduleAttr> tried;

  /// Which of `schedules` that is, of those that a compile tries; none for another.
  std::optional<size_t> getRank(tile::ScheduleAttr schedule) const;
};

class ScheduleTable {
public:
  /// The format that this compiler reads and writes.
  static constexpr int64_t kFormat = 1;

  /// Parses the text of the file `name`. Emits an error at `name` and fails where it is
  /// no table of the format, where an entry is malformed, or where one of the schedules
  /// that a compile would try is none.
  static mlir::FailureOr<ScheduleTable>
  parse(llvm::StringRef text, llvm::StringRef name, mlir::MLIRContext *context);

  llvm::StringRef getName() const { return name; }
  /// Null where the table has no such kernel.
  const TableEntry *find(llvm::StringRef kernel) const;
  /// Which entry of the table that is, as "entries[3] of FILE".
  std::string describe(const TableEntry &entry) const;
  llvm::ArrayRef<TableEntry> getEntries() const { return entries; }
  const MeasuringRun &getRun(const TableEntry &entry) const { return runs[entry.run]; }

private:
  std::string name;
  std::vector<MeasuringRun> runs;
  std::vector<TableEntry> entries;
  llvm::StringMap<size_t> numbers; ///< of entries, by kernel
};

/// An entry, and the table that it is of.
struct TableMatch {
  const ScheduleTable *table;
  const TableEntry *entry;
  bool isExact = true; ///< false: of the attention without its gates
};

/// The tables of a compile: a user's, if there is one, before the built-in ones.
class ScheduleTables {
public:
  /// None at all.
  ScheduleTables() = default;

  /// The table at `path`, unless that is empty, and behind it those that Fovea comes
  /// with if `withBuiltIn`. Emits an error and fails where a file cannot be read, or as
  /// ScheduleTable::parse does.
  static mlir::FailureOr<ScheduleTables> load(llvm::StringRef path, bool withBuiltIn,
                                              mlir::MLIRContext *context);

  /// The entries for a kernel, the first of which counts most. Where none is, those of
  /// its attention without the gates behind it, whose loop is the same.
  llvm::SmallVector<TableMatch> find(llvm::StringRef kernel) const;

private:
  llvm::SmallVector<TableMatch> findNamed(llvm::StringRef kernel) const;

  std::vector<std::shared_ptr<const ScheduleTable>> tables;
};

} // namespace fovea::tuning

#endif // FOVEA_TUNING_SCHEDULETABLE_H
