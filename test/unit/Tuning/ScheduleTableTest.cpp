//===- ScheduleTableTest.cpp - tables are read whole or not at all --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/ScheduleTable.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace fovea;
using tuning::ScheduleTable;

namespace {

constexpr llvm::StringLiteral kTable = R"({
 "fovea_schedule_table": 1,
 "runs": [{"device": "H", "driver": "d", "ptxas": "13", "commit": "c", "date": "today"}],
 "entries": [
  {"kernel": "sm_90a: a", "run": 0,
   "workloads": [{"tokens": 64, "sequences": 2, "data": "uncorrelated"}],
   "schedules": [
    {"schedule": "#tile.schedule<tokens = 8, keys = 64, gpu = <stages = 4>>",
     "times": [{"median_ms": 1.5, "min_ms": 1.0, "max_ms": 2, "samples": 9}]},
    {"schedule": "#tile.schedule<tokens = 8, keys = 48, gpu = <stages = 2>>",
     "times": [{"median_ms": 2, "min_ms": 2, "max_ms": 2.5, "samples": 9}]},
    {"schedule": "not parsed",
     "times": [{"median_ms": 2.5, "min_ms": 2, "max_ms": 3, "samples": 9}]}]}]
})";

class ScheduleTableTest : public testing::Test {
protected:
  ScheduleTableTest() { context.loadDialect<tile::TileDialect>(); }

  /// What is said of the table with `from` replaced by `to`; empty: it is read.
  std::string parse(llvm::StringRef from, llvm::StringRef to) {
    std::string text = kTable.str(), message;
    size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from.str();
    text.replace(at, from.size(), to);
    int errors = 0;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      message = diagnostic.str();
      ++errors;
      return success();
    });
    bool isRead = succeeded(ScheduleTable::parse(text, "t.json", &context));
    EXPECT_EQ(errors, isRead ? 0 : 1);
    return message;
  }

  MLIRContext context;
};

} // namespace

TEST_F(ScheduleTableTest, what_is_written_is_read) {
  FailureOr<ScheduleTable> table = ScheduleTable::parse(kTable, "t.json", &context);
  ASSERT_TRUE(succeeded(table));
  EXPECT_EQ(table->find("sm_90a: b"), nullptr);
  const tuning::TableEntry *entry = table->find("sm_90a: a");
  ASSERT_NE(entry, nullptr);
  ASSERT_EQ(entry->tried.size(), 2u);
  EXPECT_EQ(entry->tried[0].getGpu().getStages(), 4);
  EXPECT_EQ(entry->tried[1].getKeys(), 48);
  EXPECT_EQ(entry->getRank(entry->tried[1]), 1u);
  EXPECT_EQ(entry->getRank(tile::ScheduleAttr()), std::nullopt);
  EXPECT_EQ(entry->schedules[2].times[0].median, 2.5);
  EXPECT_EQ(entry->workloads[0].sequences, 2);
  EXPECT_EQ(table->getRun(*entry).device, "H");
  EXPECT_EQ(table->describe(*entry), "entries[0] of t.json");
}

TEST_F(ScheduleTableTest, what_is_wrong_is_named) {
  EXPECT_EQ(
      parse("\"fovea_schedule_table\": 1", "\"fovea_schedule_table\": 2"),
      "expected a table of schedules of format 1, got 2: measure again, or use the "
      "Fovea that wrote it");
  EXPECT_EQ(parse("\"fovea_schedule_table\"", "\"other\""),
            "expected a table of schedules, got no \"fovea_schedule_table\"");
  EXPECT_TRUE(llvm::StringRef(parse("{", ""))
                  .starts_with("expected a table of schedules, got no JSON: ["));
  EXPECT_EQ(parse("{", std::string(3000000, '[')),
            "expected a table of schedules, got nested lists");
  EXPECT_EQ(parse("\"driver\"", "\"drive\""), "missing value at table.runs[0].driver");
  EXPECT_EQ(parse("\"run\": 0", "\"run\": 1"),
            "expected a number of a run at table.entries[0].run");
  EXPECT_EQ(parse("\"samples\": 9", "\"samples\": \"9\""),
            "expected integer at table.entries[0].schedules[0].times[0].samples");
  EXPECT_EQ(parse("\"min_ms\": 1.0", "\"min_ms\": 1.6"),
            "expected 0 < min_ms <= median_ms <= max_ms at "
            "table.entries[0].schedules[0].times[0]");
  EXPECT_EQ(parse("{\"tokens\": 64, \"sequences\": 2, \"data\": \"uncorrelated\"}", ""),
            "expected as many times as workloads at "
            "table.entries[0].schedules[0].times");
}

TEST_F(ScheduleTableTest, a_schedule_that_is_none_is_named_with_its_entry) {
  llvm::StringRef own = "#tile.schedule<tokens = 8, keys = 64, gpu = <stages = 4>>";
  EXPECT_EQ(
      parse(own, "#tile.schedule<tokens = 8, keys = 64, warps = 4>"),
      "expected a schedule for a GPU in entries[0] of t.json, got "
      "#tile.schedule<tokens "
      "= 8, keys = 64, warps = 4>: duplicate or unknown struct parameter name: warps");
  EXPECT_EQ(parse(own, "#tile.schedule<tokens = 8, keys = 64>"),
            "expected a schedule for a GPU in entries[0] of t.json, got "
            "#tile.schedule<tokens "
            "= 8, keys = 64>: it has no part for a GPU");
  EXPECT_EQ(parse(own, "8 : i64"),
            "expected a schedule for a GPU in entries[0] of t.json, "
            "got 8 : i64: it is another attribute");
}

TEST_F(ScheduleTableTest, a_kernel_has_one_entry) {
  std::string twice = kTable.str();
  size_t begin = twice.find("  {\"kernel\""), end = twice.rfind("]\n}");
  std::string entry = twice.substr(begin, end - begin);
  EXPECT_EQ(
      parse(entry, entry + ",\n" + entry),
      "expected one entry for each kernel, got sm_90a: a twice, entries[1] of t.json "
      "the second time");
}

TEST_F(ScheduleTableTest, the_built_in_tables_are_read) {
  EXPECT_TRUE(
      succeeded(tuning::ScheduleTables::load("", /*withBuiltIn=*/true, &context)));
}
