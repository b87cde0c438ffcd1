//===- ScheduleExplanation.cpp - why a kernel has its schedule ------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "ScheduleExplanation.h"

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Hardware/Occupancy.h"
#include "fovea/Tuning/Candidates.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "fovea/Tuning/KernelDescription.h"
#include "fovea/Tuning/Machine.h"
#include "fovea/Tuning/ScheduleSpace.h"
#include "fovea/Tuning/Work.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace fovea;
using llvm::formatv;
using tile::ScheduleAttr;

namespace {
/// What is said of one kernel.
struct Choice {
  const CompiledKernel *kernel;
  ScheduleAttr schedule;
  mlir::Operation *op = nullptr;     ///< null: the input itself has the schedule
  llvm::ArrayRef<ScheduleAttr> left; ///< candidates, the taken one first
  std::string description;
  llvm::SmallVector<tuning::TableMatch> matches;
  std::vector<const RefusedSchedule *> refused;

  /// The entry whose schedule was taken; none where the model chose.
  std::optional<tuning::TableMatch> getSource() const {
    for (const tuning::TableMatch &match : matches)
      if (match.entry->getRank(schedule))
        return match;
    return std::nullopt;
  }
};
} // namespace

static std::string print(ScheduleAttr schedule) {
  std::string text;
  llvm::raw_string_ostream(text) << schedule;
  return text;
}

/// Whether what was tried of the operation `tried` was tried for `operation`, which may
/// be a part of it.
static bool isOf(llvm::StringRef tried, llvm::StringRef operation) {
  return operation.consume_front(tried) &&
         (operation.empty() || operation.front() == '.');
}

/// The kernels with a schedule; those that check arguments have none.
static std::vector<Choice> getChoices(const ScheduleExplanation &explanation) {
  std::vector<Choice> choices;
  for (const CompiledKernel &kernel : explanation.kernels) {
    mlir::Operation *lowered =
        mlir::SymbolTable::lookupSymbolIn(explanation.lowered, kernel.name);
    auto schedule = lowered->getAttrOfType<ScheduleAttr>(tile::kScheduleAttrName);
    if (!schedule)
      continue;
    Choice choice{&kernel, schedule, nullptr, {}, {}, {}, {}};
    auto candidate =
        lowered->getAttrOfType<tile::CandidateAttr>(tile::kCandidateAttrName);
    if (candidate)
      choice.op = tuning::findCandidates(explanation.attn, candidate.getKey());
    if (choice.op) {
      choice.left =
          choice.op->getAttrOfType<tile::CandidatesAttr>(tile::kCandidatesAttrName)
              .getSchedules();
      choice.description = tuning::describeKernel(choice.op, explanation.target);
      choice.matches = explanation.tables.find(choice.description);
      for (const RefusedSchedule &refused : explanation.refused)
        if (isOf(refused.operation, candidate.getKey()))
          choice.refused.push_back(&refused);
    }
    choices.push_back(std::move(choice));
  }
  return choices;
}

static void writeLine(llvm::StringRef title, const llvm::Twine &text,
                      llvm::raw_ostream &stream) {
  stream << formatv("  {0,-10} {1}\n", title, text.str());
}

/// The least time of a kernel with tiles of that many tokens, which set how often keys
/// are read.
static std::string describeBound(const Choice &choice, ScheduleAttr schedule,
                                 const ScheduleExplanation &explanation) {
  const tuning::Machine *machine = tuning::lookupMachine(explanation.target.name);
  mlir::FailureOr<tuning::Work> work = tuning::countWork(
      choice.op, explanation.tokens, tuning::getTileRows(choice.op, schedule));
  if (!machine || failed(work))
    return "";
  tuning::Bound bound = tuning::predictBound(*work, *machine);
  return formatv("; for {0} tokens on one {1} {2:f3} ms at least, by {3}",
                 explanation.tokens, machine->name, bound.seconds * 1e3,
                 bound.resource);
}

/// What the model estimates of a schedule.
static void writeTerms(const Choice &choice, ScheduleAttr schedule,
                       const ScheduleExplanation &explanation,
                       llvm::raw_ostream &stream) {
  auto terms = tuning::getTerms(choice.op, schedule, explanation.target);
  if (!terms)
    return;
  writeLine("",
            formatv("{0} x {1} warpgroups, {2} of {3} registers, {4} of {5} B of "
                    "shared memory, {6} rows for {7} heads",
                    terms->blocks, terms->warpgroups, terms->registers,
                    terms->registerLimit, terms->sharedBytes, terms->sharedLimit,
                    terms->rowsPerToken, terms->headsPerToken)
                    .str() +
                describeBound(choice, schedule, explanation),
            stream);
}

/// A line per workload: the time of schedule number `rank`, and of the one behind it.
static void writeMeasured(const tuning::TableMatch &match, size_t rank,
                          llvm::raw_ostream &stream) {
  const tuning::MeasuringRun &run = match.table->getRun(*match.entry);
  writeLine("chosen by", match.table->describe(*match.entry), stream);
  if (!match.isExact)
    writeLine("", "which is of its attention without the gates behind it", stream);
  writeLine("",
            formatv("measured {0} on {1}, driver {2}, ptxas {3}, commit {4}", run.date,
                    run.device, run.driver, run.ptxas, run.commit)
                .str(),
            stream);
  auto schedules = llvm::ArrayRef(match.entry->schedules).drop_front(rank);
  for (auto [i, work] : llvm::enumerate(match.entry->workloads)) {
    const tuning::MeasuredTime &best = schedules[0].times[i];
    std::string text = formatv(
        "{0} tokens, {1} sequences, {2}: {3:f4} ms ({4:f4} to {5:f4})", work.tokens,
        work.sequences, work.data, best.median, best.least, best.most);
    if (schedules.size() > 1) {
      double next = schedules[1].times[i].median;
      text += formatv("; runner-up {0:f4} ms, {1}{2:f1} %", next,
                      next < best.median ? "" : "+", (next / best.median - 1) * 100);
    }
    writeLine("", text, stream);
  }
  if (schedules.size() > 1)
    writeLine("runner-up", schedules[1].text, stream);
}

/// What the model chose, and by what before the next of its candidates.
static void writeModel(const Choice &choice, const ScheduleExplanation &explanation,
                       llvm::raw_ostream &stream) {
  ScheduleAttr runnerUp = choice.left.size() > 1 ? choice.left[1] : ScheduleAttr();
  std::string reason = runnerUp
                           ? tuning::describePreference(choice.op, choice.schedule,
                                                        runnerUp, explanation.target)
                           : "it has no other candidate";
  writeLine("chosen by", "the cost model: " + reason, stream);
  writeTerms(choice, choice.schedule, explanation, stream);
  if (!runnerUp)
    return;
  writeLine("runner-up", print(runnerUp), stream);
  writeTerms(choice, runnerUp, explanation, stream);
}

/// Whether the input brought candidates of its own, which are neither a table's nor the
/// model's.
static bool isOfInput(const Choice &choice, const GpuTargetInfo &target) {
  return !choice.op || (!choice.getSource() &&
                        !llvm::is_contained(tuning::getGpuCandidates(choice.op, target),
                                            choice.schedule));
}

static void writeText(const Choice &choice, const ScheduleExplanation &explanation,
                      llvm::raw_ostream &stream) {
  stream << choice.kernel->name << "\n";
  if (choice.op)
    writeLine("kernel", choice.description, stream);
  writeLine("schedule", print(choice.schedule), stream);
  if (isOfInput(choice, explanation.target))
    writeLine("chosen by",
              choice.op ? "the tile.candidates of the input"
                        : "the tile.schedule of the input",
              stream);
  else if (auto source = choice.getSource())
    writeMeasured(*source, *source->entry->getRank(choice.schedule), stream);
  else
    writeModel(choice, explanation, stream);
  for (const RefusedSchedule *refused : choice.refused)
    writeLine("refused", print(refused->schedule) + ": " + refused->finding, stream);
  const FunctionReport *usage = choice.kernel->getUsage();
  if (!usage)
    writeLine("assembled", "no: what ptxas would refuse is not known", stream);
}

static llvm::json::Object toJson(const Choice &choice, const GpuTargetInfo &target) {
  llvm::json::Object object{{"name", choice.kernel->name},
                            {"schedule", print(choice.schedule)}};
  if (const FunctionReport *usage = choice.kernel->getUsage()) {
    BlockUsage block{choice.kernel->abi.getThreads(), usage->registers,
                     choice.kernel->getSharedBytes()};
    object["registers"] = usage->registers;
    object["blocks_per_sm"] = getResidentBlocks(block, target);
  }
  if (!choice.op) {
    object["chosen_by"] = "input";
    return object;
  }
  auto source = choice.getSource();
  object["chosen_by"] = source                      ? "table"
                        : isOfInput(choice, target) ? "input"
                                                    : "model";
  if (source)
    object["entry"] = source->table->describe(*source->entry);
  object["kernel"] = choice.description;
  llvm::json::Array refused;
  for (const RefusedSchedule *each : choice.refused)
    refused.push_back(llvm::json::Object{{"schedule", print(each->schedule)},
                                         {"why", each->finding}});
  object["refused"] = std::move(refused);
  object["space"] = llvm::json::Array(
      llvm::map_range(tuning::getScheduleSpace(choice.op, target), print));
  return object;
}

void fovea::writeExplanation(const ScheduleExplanation &explanation, Explain form,
                             llvm::raw_ostream &stream) {
  std::vector<Choice> choices = getChoices(explanation);
  if (form == Explain::Text) {
    llvm::interleave(
        choices, [&](const Choice &choice) { writeText(choice, explanation, stream); },
        [&] { stream << "\n"; });
    return;
  }
  llvm::json::Array kernels;
  for (const Choice &choice : choices)
    kernels.push_back(toJson(choice, explanation.target));
  llvm::json::Object object{{"target", explanation.target.name},
                            {"kernels", std::move(kernels)}};
  stream << formatv("{0:2}\n", llvm::json::Value(std::move(object)));
}
