//===- Progress.h - a line on stderr while a run is long --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_PROGRESS_H
#define FOVEA_LIB_DRIVER_RUN_PROGRESS_H

#include "llvm/ADT/StringRef.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace fovea {

/// Says on stderr what is going on, every two seconds, in one line that is
/// rewritten on a terminal. A short run prints nothing.
class Progress {
public:
  Progress();
  ~Progress();

  /// From now on `what` is going on.
  void begin(llvm::StringRef what);
  /// The run is over; the line goes away.
  void end();

private:
  void watch();

  std::mutex mutex;
  std::condition_variable wake;
  std::string current;
  bool done = false;
  bool printed = false;
  std::thread watcher;
};

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_PROGRESS_H
