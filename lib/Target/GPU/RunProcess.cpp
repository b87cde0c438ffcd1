//===- RunProcess.cpp - one program, to its end ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "RunProcess.h"

#include "TemporaryFile.h"
#include "llvm/Support/Program.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>
#include <sys/types.h>
#include <vector>

using namespace fovea;
using llvm::Expected;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Interrupts
//
// LLVM starts programs and waits for them, and removes files on a signal, but leaves
// the program running. So, while one runs, a handler of ours stands before LLVM's: it
// kills the program, and raises the signal again for the handler that was there.
//===----------------------------------------------------------------------===//

namespace {
constexpr int kSignals[] = {SIGHUP, SIGINT, SIGTERM};
constexpr size_t kSignalCount = std::size(kSignals);
/// Instead of a process id, which is positive.
constexpr pid_t kStarting = 0, kEnded = -1;

/// What a handler may look at; there is one per process, as there is one handler.
struct Watched {
  std::atomic<pid_t> child{kEnded};
  std::atomic<int> pending{0}; ///< a signal that came before the child was known
  struct sigaction previous[kSignalCount];
};
Watched watched;
} // namespace

static void passOn(int signal) {
  pid_t child = watched.child;
  if (child == kStarting) {
    watched.pending = signal;
    return;
  }
  if (child > 0)
    kill(child, SIGKILL);
  for (size_t i = 0; i < kSignalCount; ++i)
    if (kSignals[i] == signal)
      sigaction(signal, &watched.previous[i], nullptr);
  raise(signal);
}

namespace {
/// Kills the child on a signal, while it lives.
class InterruptGuard final {
public:
  InterruptGuard() {
    watched.pending = 0;
    watched.child = kStarting;
    struct sigaction action = {};
    action.sa_handler = passOn;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < kSignalCount; ++i) {
      sigaction(kSignals[i], nullptr, &watched.previous[i]);
      if (watched.previous[i].sa_handler != SIG_IGN) // as under nohup
        sigaction(kSignals[i], &action, nullptr);
    }
  }
  ~InterruptGuard() {
    watch(kEnded);
    for (size_t i = 0; i < kSignalCount; ++i)
      sigaction(kSignals[i], &watched.previous[i], nullptr);
  }
  void watch(pid_t child) {
    watched.child = child;
    if (int signal = watched.pending.exchange(0))
      passOn(signal);
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

/// Without what the program writes, which goes to the file `log`.
static ProcessResult run(StringRef program, llvm::ArrayRef<StringRef> arguments,
                         unsigned seconds, StringRef log) {
  std::vector<StringRef> command{program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(), log, log};
  std::string reason;
  bool hasFailed = false;
  InterruptGuard guard;
  llvm::sys::ProcessInfo child =
      llvm::sys::ExecuteNoWait(program, command, std::nullopt, redirects,
                               /*MemoryLimit=*/0, &reason, &hasFailed);
  if (hasFailed)
    return {ProcessEnd::NotStarted, 0, reason, ""};
  guard.watch(child.Pid);
  auto start = std::chrono::steady_clock::now();
  llvm::sys::ProcessInfo ended = llvm::sys::Wait(
      child, seconds ? std::optional<unsigned>(seconds) : std::nullopt, &reason);
  auto elapsed = std::chrono::steady_clock::now() - start;
  if (ended.ReturnCode >= 0)
    return {ProcessEnd::Exited, ended.ReturnCode, "", ""};
  if (ended.ReturnCode == -1)
    return {ProcessEnd::NotStarted, 0, reason, ""};
  // LLVM has one code for both, and a sentence for each.
  bool isLate = seconds && elapsed >= std::chrono::seconds(seconds);
  return {isLate ? ProcessEnd::TimedOut : ProcessEnd::Killed, 0, reason, ""};
}

Expected<ProcessResult> fovea::runProcess(StringRef program,
                                          llvm::ArrayRef<StringRef> arguments,
                                          unsigned seconds) {
  Expected<TemporaryFile> log = TemporaryFile::create("log");
  if (!log)
    return log.takeError();
  ProcessResult result = run(program, arguments, seconds, log->getPath());
  Expected<std::string> output = log->read();
  if (!output)
    return output.takeError();
  result.output = std::move(*output);
  return result;
}
