//===- StageTimer.h - where the time goes -----------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DRIVER_COMPILE_STAGETIMER_H
#define FOVEA_DRIVER_COMPILE_STAGETIMER_H

#include "llvm/ADT/StringRef.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace fovea {

/// Wall time by stage, in the order that stages first ran.
class StageTimer {
public:
  /// Runs `work` and adds its time to `stage`; returns what it returns.
  template <typename Work> auto time(llvm::StringRef stage, Work &&work) {
    Scope scope{*this, stage, Clock::now()};
    return std::forward<Work>(work)();
  }

  double getTotalSeconds() const;
  /// One line per stage, with its share, and the total.
  void print(llvm::raw_ostream &stream) const;

private:
  using Clock = std::chrono::steady_clock;
  struct Scope {
    StageTimer &timer;
    llvm::StringRef stage;
    Clock::time_point begin;
    ~Scope() { timer.add(stage, Clock::now() - begin); }
  };

  void add(llvm::StringRef stage, std::chrono::duration<double> elapsed);

  std::vector<std::pair<std::string, double>> stages; ///< in seconds
};

} // namespace fovea

#endif // FOVEA_DRIVER_COMPILE_STAGETIMER_H
