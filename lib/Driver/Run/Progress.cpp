//===- Progress.cpp - a line on stderr while a run is long ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Progress.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace fovea;

static constexpr std::chrono::seconds interval{2};

Progress::Progress() : watcher([this] { watch(); }) {}

Progress::~Progress() { end(); }

void Progress::end() {
  if (!watcher.joinable())
    return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    done = true;
  }
  wake.notify_one();
  watcher.join();
  if (printed && llvm::errs().is_displayed())
    llvm::errs() << "\r\033[K"; // the line has served
}

void Progress::begin(llvm::StringRef what) {
  std::lock_guard<std::mutex> lock(mutex);
  current = what.str();
}

void Progress::watch() {
  auto start = std::chrono::steady_clock::now();
  std::unique_lock<std::mutex> lock(mutex);
  while (!wake.wait_for(lock, interval, [this] { return done; })) {
    auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::steady_clock::now() - start);
    bool terminal = llvm::errs().is_displayed();
    llvm::errs() << (terminal ? "\r\033[K" : "")
                 << llvm::formatv("[{0} s] {1} ...", elapsed.count(), current)
                 << (terminal ? "" : "\n");
    llvm::errs().flush();
    printed = true;
  }
}
