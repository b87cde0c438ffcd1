//===- RunProcessTest.cpp - how programs end, one and many at a time ------===//

#include "fovea/Support/RunProcess.h"

#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace fovea;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {
ProcessResult runShell(const std::string &script, unsigned seconds = 60) {
  return llvm::cantFail(runProcess("/bin/sh", {"-c", script}, seconds));
}

/// Calls `run` with each number below `count`, all at the same time.
template <typename Run> void runAtOnce(int count, Run run) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&run, i] { run(i); });
  for (std::thread &thread : threads)
    thread.join();
}

/// Processes that run, zombies aside, with `word` among their arguments; -1 where they
/// cannot be counted.
int countProcesses(const std::string &word) {
  int count = 0;
  std::error_code code;
  std::filesystem::directory_iterator entry("/proc", code), end;
  for (; !code && entry != end; entry.increment(code)) {
    auto line =
        llvm::MemoryBuffer::getFileAsStream((entry->path() / "cmdline").string());
    if (line) // else it has ended meanwhile, or is no process
      count += (*line)->getBuffer().contains(word);
  }
  return code ? -1 : count;
}

/// Whether `condition` holds within half a minute.
template <typename Condition> bool comesTrue(Condition condition) {
  auto end = steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}
} // namespace

TEST(RunProcess, says_how_a_program_ends) {
  ProcessResult good = runShell("echo out; echo err >&2");
  EXPECT_EQ(good.end, ProcessEnd::Exited);
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.output, "out\nerr\n");
  ProcessResult bad = runShell("exit 3");
  EXPECT_EQ(bad.end, ProcessEnd::Exited);
  EXPECT_EQ(bad.status, 3);
  ProcessResult killed = runShell("echo before; kill -s SEGV $$");
  EXPECT_EQ(killed.end, ProcessEnd::Killed);
  EXPECT_EQ(killed.reason.substr(0, 18), "Segmentation fault");
  EXPECT_EQ(killed.output, "before\n");
  ProcessResult none = llvm::cantFail(runProcess("/no/such/program", {}, 60));
  EXPECT_EQ(none.end, ProcessEnd::NotStarted);
  EXPECT_NE(none.reason, "");
}

TEST(RunProcess, has_no_input) {
  EXPECT_EQ(runShell("cat; echo read").output, "read\n");
}

TEST(RunProcess, keeps_more_output_than_a_pipe_holds) {
  ProcessResult result = runShell("head -c 1000000 /dev/zero | tr '\\0' x");
  EXPECT_EQ(result.end, ProcessEnd::Exited);
  EXPECT_EQ(result.output, std::string(1000000, 'x'));
}

TEST(RunProcess, kills_what_takes_too_long) {
  auto begin = steady_clock::now();
  ProcessResult result = runShell("echo $$; exec sleep 600", /*seconds=*/1);
  auto elapsed = steady_clock::now() - begin;
  EXPECT_EQ(result.end, ProcessEnd::TimedOut);
  EXPECT_GE(elapsed, std::chrono::seconds(1));
  EXPECT_LT(elapsed, std::chrono::seconds(30));
  pid_t child = std::stoi(result.output);
  EXPECT_EQ(kill(child, 0), -1) << "process " << child << " is there";
}

TEST(RunProcess, waits_without_a_limit) {
  EXPECT_EQ(runShell("sleep 0.1; echo end", /*seconds=*/0).output, "end\n");
}

TEST(RunProcess, leaves_alarms_and_handlers_as_they_are) {
  struct sigaction before[3], after[3];
  const int signals[] = {SIGINT, SIGTERM, SIGALRM};
  runShell("true"); // LLVM's handlers come with the first temporary file, and stay
  for (int i = 0; i < 3; ++i)
    sigaction(signals[i], nullptr, &before[i]);
  alarm(1000);
  EXPECT_EQ(runShell("exec sleep 600", /*seconds=*/1).end, ProcessEnd::TimedOut);
  EXPECT_GT(alarm(0), 900u);
  for (int i = 0; i < 3; ++i) {
    sigaction(signals[i], nullptr, &after[i]);
    EXPECT_EQ(before[i].sa_handler, after[i].sa_handler) << "signal " << signals[i];
  }
}

TEST(RunProcess, many_at_once_each_have_their_own_end) {
  constexpr int kCount = 32;
  std::vector<ProcessResult> results(kCount);
  runAtOnce(kCount, [&](int i) {
    std::string number = std::to_string(i);
    const std::string scripts[] = {"sleep 0.1; echo " + number + "; exit " + number,
                                   "echo " + number + "; kill -s KILL $$",
                                   "echo " + number + "; exec sleep 600",
                                   "yes " + number + " | head -c 200000"};
    results[i] = runShell(scripts[i % 4], /*seconds=*/i % 4 == 2 ? 1 : 60);
  });
  for (int i = 0; i < kCount; ++i) {
    const ProcessResult &result = results[i];
    const ProcessEnd ends[] = {ProcessEnd::Exited, ProcessEnd::Killed,
                               ProcessEnd::TimedOut, ProcessEnd::Exited};
    EXPECT_EQ(result.end, ends[i % 4]) << i;
    std::string number = std::to_string(i) + "\n";
    if (i % 4 == 0) {
      EXPECT_EQ(result.status, i);
    }
    if (i % 4 == 3) {
      EXPECT_EQ(result.output.size(), 200000u) << i;
    } else {
      EXPECT_EQ(result.output, number);
    }
    EXPECT_EQ(result.output.substr(0, number.size()), number);
  }
}

/// What programs of this test sleep for, in seconds: no other's do.
static std::string getLongTime() { return "600.0" + std::to_string(getpid()); }

/// A process that runs `count` programs at once, each to sleep for `time`.
static pid_t startSleeping(int count, const std::string &time) {
  pid_t process = fork();
  if (process)
    return process;
  runAtOnce(count, [&](int) {
    auto result = runProcess("/bin/sleep", {time}, /*seconds=*/600);
    llvm::consumeError(result.takeError()); // a signal may have removed its output
  });
  _exit(1);
}

TEST(RunProcess, a_signal_kills_all_that_run) {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    std::string word = getLongTime();
    pid_t process = startSleeping(5, word);
    EXPECT_TRUE(comesTrue([&] { return countProcesses(word) == 5; }));
    kill(process, signal);
    int status = 0;
    waitpid(process, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal) << status;
    EXPECT_TRUE(comesTrue([&] { return countProcesses(word) == 0; }));
  }
}

TEST(RunProcess, a_signal_leaves_none_that_begins) {
  // From before any has begun to after the last has, in steps.
  for (int step = 0; step < 24; ++step) {
    std::string word = getLongTime();
    pid_t process = startSleeping(8, word);
    std::this_thread::sleep_for(std::chrono::microseconds(400 * step));
    kill(process, SIGTERM);
    int status = 0;
    waitpid(process, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
    // What was left would be there now, or be on its way.
    std::this_thread::sleep_for(milliseconds(20));
    EXPECT_TRUE(comesTrue([&] { return countProcesses(word) == 0; })) << step;
  }
}
