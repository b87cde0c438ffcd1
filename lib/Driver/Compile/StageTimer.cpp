//===- StageTimer.cpp - where the time goes -------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Compile/StageTimer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;

void StageTimer::add(llvm::StringRef stage, std::chrono::duration<double> elapsed) {
  auto it =
      llvm::find_if(stages, [&](const auto &entry) { return entry.first == stage; });
  if (it == stages.end())
    stages.emplace_back(stage, elapsed.count());
  else
    it->second += elapsed.count();
}

double StageTimer::getTotalSeconds() const {
  double total = 0;
  for (const auto &entry : stages)
    total += entry.second;
  return total;
}

void StageTimer::print(llvm::raw_ostream &stream) const {
  double total = getTotalSeconds();
  auto printLine = [&](llvm::StringRef stage, double seconds) {
    stream << llvm::formatv("{0,-24} {1,9:f1} ms {2,4:f0} %\n", stage, seconds * 1e3,
                            total > 0 ? seconds / total * 100 : 0);
  };
  for (const auto &[stage, seconds] : stages)
    printLine(stage, seconds);
  printLine("total", total);
}
