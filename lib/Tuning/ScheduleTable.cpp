//===- ScheduleTable.cpp - schedules that were measured -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/ScheduleTable.h"

#include "BuiltInTables.h.inc"
#include "fovea/Tuning/KernelDescription.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>

using namespace mlir;
using namespace fovea;
using namespace fovea::tuning;
namespace json = llvm::json;

/// What says that a file is a table, and of which format.
static constexpr llvm::StringLiteral kFormatKey = "fovea_schedule_table";

// llvm::json finds these by their arguments: how each struct is written.
namespace fovea::tuning {

static bool fromJSON(const json::Value &value, MeasuredTime &time, json::Path path) {
  json::ObjectMapper map(value, path);
  if (!map || !map.map("median_ms", time.median) || !map.map("min_ms", time.least) ||
      !map.map("max_ms", time.most) || !map.map("samples", time.samples))
    return false;
  if (time.least > 0 && time.least <= time.median && time.median <= time.most)
    return true;
  path.report("expected 0 < min_ms <= median_ms <= max_ms");
  return false;
}

static bool fromJSON(const json::Value &value, MeasuredWorkload &work,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("tokens", work.tokens) &&
         map.map("sequences", work.sequences) && map.map("data", work.data);
}

static bool fromJSON(const json::Value &value, MeasuredSchedule &schedule,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("schedule", schedule.text) && map.map("times", schedule.times);
}

static bool fromJSON(const json::Value &value, MeasuringRun &run, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("device", run.device) && map.map("driver", run.driver) &&
         map.map("ptxas", run.ptxas) && map.map("commit", run.commit) &&
         map.map("date", run.date);
}

static bool fromJSON(const json::Value &value, TableEntry &entry, json::Path path) {
  json::ObjectMapper map(value, path);
  if (!map || !map.map("kernel", entry.kernel) || !map.map("run", entry.run) ||
      !map.map("workloads", entry.workloads) || !map.map("schedules", entry.schedules))
    return false;
  json::Path schedules = path.field("schedules");
  if (entry.schedules.empty()) {
    schedules.report("expected at least one schedule");
    return false;
  }
  for (auto [i, schedule] : llvm::enumerate(entry.schedules))
    if (schedule.times.size() != entry.workloads.size()) {
      schedules.index(i).field("times").report("expected as many times as workloads");
      return false;
    }
  return true;
}

} // namespace fovea::tuning

/// Whether values are nested deeper than any table's: llvm::json parses by recursion,
/// and would end with the stack. Brackets in strings count too.
static bool isDeep(StringRef text) {
  constexpr int64_t kMostDepth = 64;
  int64_t depth = 0, most = 0;
  for (char letter : text) {
    depth += (letter == '[' || letter == '{') - (letter == ']' || letter == '}');
    most = std::max(most, depth);
  }
  return most > kMostDepth;
}

/// The schedule that `text` says; what is wrong with it, to `problem`, if it says none.
static tile::ScheduleAttr parseSchedule(StringRef text, MLIRContext *context,
                                        std::string &problem) {
  Attribute attribute;
  {
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      problem = problem.empty() ? diagnostic.str() : problem;
      return success();
    });
    attribute = parseAttribute(text, context);
  }
  auto schedule = dyn_cast_or_null<tile::ScheduleAttr>(attribute);
  if (attribute && !schedule)
    problem = "it is another attribute";
  else if (schedule && !schedule.getGpu())
    problem = "it has no part for a GPU";
  return problem.empty() ? schedule : tile::ScheduleAttr();
}

/// Reads and checks the two lists of a table.
static bool readLists(const json::Object &object, std::vector<MeasuringRun> &runs,
                      std::vector<TableEntry> &entries, json::Path path) {
  auto read = [&](StringRef key, auto &list) {
    json::Path inner = path.field(key);
    if (const json::Value *value = object.get(key))
      return fromJSON(*value, list, inner);
    inner.report("missing value");
    return false;
  };
  if (!read("runs", runs) || !read("entries", entries))
    return false;
  for (auto [i, entry] : llvm::enumerate(entries))
    if (entry.run < 0 || entry.run >= int64_t(runs.size())) {
      path.field("entries").index(i).field("run").report("expected a number of a run");
      return false;
    }
  return true;
}

std::optional<size_t> TableEntry::getRank(tile::ScheduleAttr schedule) const {
  auto found = llvm::find(tried, schedule);
  return found == tried.end() ? std::nullopt
                              : std::optional<size_t>(found - tried.begin());
}

FailureOr<ScheduleTable> ScheduleTable::parse(StringRef text, StringRef name,
                                              MLIRContext *context) {
  Location location = FileLineColLoc::get(context, name, 1, 1);
  if (isDeep(text))
    return emitError(location) << "expected a table of schedules, got nested lists";
  llvm::Expected<json::Value> value = json::parse(text);
  if (!value)
    return emitError(location) << "expected a table of schedules, got no JSON: "
                               << llvm::toString(value.takeError());
  const json::Object *object = value->getAsObject();
  const json::Value *format = object ? object->get(kFormatKey) : nullptr;
  if (!format)
    return emitError(location)
           << "expected a table of schedules, got no \"" << kFormatKey << "\"";
  if (format->getAsInteger() != kFormat)
    return emitError(location) << "expected a table of schedules of format " << kFormat
                               << ", got " << llvm::formatv("{0}", *format).str()
                               << ": measure again, or use the Fovea that wrote it";
  ScheduleTable table;
  table.name = name;
  json::Path::Root root("table");
  if (!readLists(*object, table.runs, table.entries, root))
    return emitError(location) << llvm::toString(root.getError());
  for (auto [i, entry] : llvm::enumerate(table.entries)) {
    if (!table.numbers.try_emplace(entry.kernel, i).second)
      return emitError(location)
             << "expected one entry for each kernel, got " << entry.kernel << " twice, "
             << table.describe(entry) << " the second time";
    constexpr size_t kMostTried = 2;
    for (const MeasuredSchedule &measured :
         ArrayRef(entry.schedules).take_front(kMostTried)) {
      std::string problem;
      entry.tried.push_back(parseSchedule(measured.text, context, problem));
      if (!entry.tried.back())
        return emitError(location)
               << "expected a schedule for a GPU in " << table.describe(entry)
               << ", got " << measured.text << ": " << problem;
    }
  }
  return table;
}

const TableEntry *ScheduleTable::find(StringRef kernel) const {
  auto found = numbers.find(kernel);
  return found == numbers.end() ? nullptr : &entries[found->second];
}

std::string ScheduleTable::describe(const TableEntry &entry) const {
  return ("entries[" + Twine(&entry - entries.data()) + "] of " + name).str();
}

FailureOr<ScheduleTables> ScheduleTables::load(StringRef path, bool withBuiltIn,
                                               MLIRContext *context) {
  ScheduleTables tables;
  auto add = [&](StringRef text, StringRef name) {
    FailureOr<ScheduleTable> table = ScheduleTable::parse(text, name, context);
    if (succeeded(table))
      tables.tables.push_back(std::make_shared<ScheduleTable>(std::move(*table)));
    return success(succeeded(table));
  };
  if (!path.empty()) {
    std::string message;
    std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(path, &message);
    if (!file)
      return emitError(FileLineColLoc::get(context, path, 1, 1))
             << "expected a table of schedules: " << message;
    if (failed(add(file->getBuffer(), path)))
      return failure();
  }
  if (withBuiltIn)
    for (auto &[name, text] : kBuiltInTables)
      if (failed(add(text, name)))
        return failure();
  return tables;
}

SmallVector<TableMatch> ScheduleTables::find(StringRef kernel) const {
  SmallVector<TableMatch> matches = findNamed(kernel);
  StringRef attention = withoutGates(kernel);
  if (!matches.empty() || attention.empty())
    return matches;
  matches = findNamed(attention);
  for (TableMatch &match : matches)
    match.isExact = false;
  return matches;
}

SmallVector<TableMatch> ScheduleTables::findNamed(StringRef kernel) const {
  SmallVector<TableMatch> matches;
  for (const std::shared_ptr<const ScheduleTable> &table : tables)
    if (const TableEntry *entry = table->find(kernel))
      matches.push_back({table.get(), entry});
  return matches;
}
