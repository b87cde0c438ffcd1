//===- ParallelTest.cpp - each number once, and the lowest that fails -----===//

#include "fovea/Support/Parallel.h"

#include "gtest/gtest.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

using namespace fovea;

TEST(Parallel, every_number_is_called_once) {
  for (unsigned jobs : {0u, 1u, 2u, 7u, 100u}) {
    std::vector<std::atomic<int>> calls(40);
    EXPECT_EQ(runInParallel(calls.size(), jobs,
                            [&](size_t i) {
                              ++calls[i];
                              return true;
                            }),
              calls.size());
    for (std::atomic<int> &each : calls)
      EXPECT_EQ(each, 1) << jobs << " jobs";
  }
}

TEST(Parallel, nothing_to_do_is_done) {
  EXPECT_EQ(runInParallel(0, 3, [](size_t) { return false; }), 0u);
}

TEST(Parallel, one_job_is_the_caller_in_order) {
  std::vector<size_t> order;
  std::thread::id caller = std::this_thread::get_id();
  EXPECT_EQ(runInParallel(5, 1,
                          [&](size_t i) {
                            EXPECT_EQ(std::this_thread::get_id(), caller);
                            order.push_back(i);
                            return i != 3;
                          }),
            3u);
  EXPECT_EQ(order, (std::vector<size_t>{0, 1, 2, 3}));
}

TEST(Parallel, as_many_are_at_work_as_jobs) {
  // Each waits for the others: with fewer at a time this would not end.
  constexpr size_t kCount = 4;
  std::mutex mutex;
  std::condition_variable changed;
  size_t present = 0;
  EXPECT_EQ(runInParallel(kCount, kCount,
                          [&](size_t) {
                            std::unique_lock<std::mutex> lock(mutex);
                            ++present;
                            changed.notify_all();
                            return changed.wait_for(lock, std::chrono::seconds(60),
                                                    [&] { return present == kCount; });
                          }),
            kCount);
}

TEST(Parallel, the_lowest_failure_counts_whichever_is_first) {
  // 1 fails while 0 is at work, which fails after it; 2 to 5 need not begin.
  std::atomic<bool> hasFailed = false;
  EXPECT_EQ(runInParallel(6, 2,
                          [&](size_t i) {
                            if (i == 1)
                              hasFailed = true;
                            while (i == 0 && !hasFailed)
                              std::this_thread::yield();
                            return i > 1;
                          }),
            0u);
}

TEST(Parallel, what_is_below_a_failure_still_begins) {
  // One is at work on 0 until 2 has failed, so that the other went through 1.
  std::atomic<bool> hasFailed = false;
  std::atomic<int> below = 0;
  EXPECT_EQ(runInParallel(3, 2,
                          [&](size_t i) {
                            if (i == 2) {
                              hasFailed = true;
                              return false;
                            }
                            while (i == 0 && !hasFailed)
                              std::this_thread::yield();
                            ++below;
                            return true;
                          }),
            2u);
  EXPECT_EQ(below, 2);
}
