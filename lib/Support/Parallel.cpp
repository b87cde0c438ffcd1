//===- Parallel.cpp - several calls at a time -----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Support/Parallel.h"

#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/Threading.h"

#include <algorithm>
#include <atomic>

using namespace fovea;

size_t fovea::runInParallel(size_t count, unsigned jobs,
                            llvm::function_ref<bool(size_t)> work) {
  std::atomic<size_t> failed = count;
  auto run = [&](size_t number) {
    if (number > failed || work(number))
      return;
    size_t lowest = failed;
    while (number < lowest && !failed.compare_exchange_weak(lowest, number))
      ;
  };
  unsigned most = llvm::hardware_concurrency(jobs).compute_thread_count();
  size_t threads = std::min<size_t>(count, most);
  if (threads <= 1) {
    for (size_t number = 0; number < count; ++number)
      run(number);
    return failed;
  }
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(threads));
  for (size_t number = 0; number < count; ++number)
    pool.async([&run, number] { run(number); });
  pool.wait();
  return failed;
}
