//===- RunProcess.cpp - one program, to its end ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Support/RunProcess.h"

#include "fovea/Support/TemporaryFile.h"
#include "llvm/Support/Program.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <sys/types.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

using namespace fovea;
using llvm::Expected;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Interrupts
//
// LLVM starts programs and waits for them, and removes files on a signal, but leaves
// the programs running. So, while some run, a handler of ours stands before LLVM's: it
// kills them, and raises the signal again for the handler that was there.
//
// A program's id is known only some time after it began. A handler that finds one
// beginning leaves the rest to whoever starts that one, and nothing begins once a
// signal came: of a thread that says "one begins" and then looks for a signal, and a
// handler that says "a signal came" and then looks for beginners, one sees the other.
//===----------------------------------------------------------------------===//

namespace {
constexpr int kSignals[] = {SIGHUP, SIGINT, SIGTERM};
constexpr size_t kSignalCount = std::size(kSignals);
/// Instead of a process id, which is positive.
constexpr pid_t kStarting = 0, kNone = -1;

/// A program that runs, or none. A handler may look at any of them at any time, so they
/// are used again and never freed.
struct Place {
  std::atomic<pid_t> child{kStarting};
  Place *next = nullptr;
};

/// There is one per process, as there is one handler.
struct Watched {
  // What the handler looks at.
  std::atomic<Place *> places{nullptr};
  std::atomic<int> signal{0}; ///< that came, and is to end this process
  struct sigaction previous[kSignalCount];
  // What it does not.
  std::mutex mutex; ///< of all but `signal` and what is in a place
  size_t guards = 0;
};
Watched watched;
} // namespace

/// Kills all programs and raises `signal` again, now or when the last has begun.
static void passOn(int signal) {
  watched.signal = signal;
  for (Place *place = watched.places; place; place = place->next)
    if (place->child == kStarting)
      return;
  for (Place *place = watched.places; place; place = place->next)
    if (pid_t child = place->child; child > 0)
      kill(child, SIGKILL);
  for (size_t i = 0; i < kSignalCount; ++i)
    if (kSignals[i] == signal)
      sigaction(signal, &watched.previous[i], nullptr);
  raise(signal);
}

static void handle(int signal) {
  int error = errno;
  passOn(signal);
  errno = error;
}

/// One for a program that begins.
static Place &takePlace() {
  Place *first = watched.places;
  for (Place *place = first; place; place = place->next)
    if (place->child == kNone) {
      place->child = kStarting;
      return *place;
    }
  auto *place = new Place;
  place->next = first;
  watched.places = place;
  return *place;
}

namespace {
/// Kills one program on a signal, from before it begins until it has ended.
class InterruptGuard final {
public:
  InterruptGuard() {
    std::lock_guard<std::mutex> lock(watched.mutex);
    if (watched.guards++ == 0 && !watched.signal)
      install();
    place = &takePlace();
  }
  ~InterruptGuard() {
    if (place) // it did not begin
      set(kNone);
    std::lock_guard<std::mutex> lock(watched.mutex);
    if (--watched.guards == 0)
      for (size_t i = 0; i < kSignalCount; ++i)
        sigaction(kSignals[i], &watched.previous[i], nullptr);
  }

  /// Whether the program may begin: no signal came.
  bool mayBegin() const { return watched.signal == 0; }
  void begin(pid_t child) { set(child); }
  /// Before the system may give its id to another.
  void end() {
    place->child = kNone;
    place = nullptr; // another thread's, perhaps
  }

private:
  static void install() {
    struct sigaction action = {};
    action.sa_handler = handle;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < kSignalCount; ++i) {
      sigaction(kSignals[i], nullptr, &watched.previous[i]);
      if (watched.previous[i].sa_handler != SIG_IGN) // as under nohup
        sigaction(kSignals[i], &action, nullptr);
    }
  }
  /// What begins no longer: a handler may have left its signal to this.
  void set(pid_t child) {
    place->child = child;
    if (int signal = watched.signal)
      passOn(signal);
  }

  Place *place;
};

/// Kills a program at the end of its time. LLVM would set the process' one alarm.
class Deadline final {
public:
  Deadline(pid_t child, unsigned seconds) {
    if (seconds)
      watcher = std::thread([this, child, seconds] { watch(child, seconds); });
  }
  /// The program has ended, and its id is its own still. Whether it was killed here.
  bool end() {
    if (!watcher.joinable())
      return false;
    {
      std::lock_guard<std::mutex> lock(mutex);
      hasEnded = true;
    }
    ended.notify_one();
    watcher.join();
    return isOver;
  }

private:
  void watch(pid_t child, unsigned seconds) {
    std::unique_lock<std::mutex> lock(mutex);
    isOver = !ended.wait_for(lock, std::chrono::seconds(seconds),
                             [this] { return hasEnded; });
    if (isOver)
      kill(child, SIGKILL);
  }

  std::mutex mutex;
  std::condition_variable ended;
  bool hasEnded = false, isOver = false;
  std::thread watcher;
};
} // namespace

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

/// Returns when `child` has ended; it is not asked for its status yet.
static void awaitEnd(pid_t child) {
  siginfo_t info;
  while (waitid(P_PID, child, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
    ;
}

/// Without what the program writes, which goes to the file `log`.
static ProcessResult run(StringRef program, llvm::ArrayRef<StringRef> arguments,
                         unsigned seconds, StringRef log) {
  std::vector<StringRef> command{program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(), log, log};
  std::string reason;
  bool hasFailed = false;
  InterruptGuard guard;
  if (!guard.mayBegin())
    return {ProcessEnd::NotStarted, 0, "a signal came before", ""};
  llvm::sys::ProcessInfo child =
      llvm::sys::ExecuteNoWait(program, command, std::nullopt, redirects,
                               /*MemoryLimit=*/0, &reason, &hasFailed);
  if (hasFailed)
    return {ProcessEnd::NotStarted, 0, reason, ""};
  guard.begin(child.Pid);
  Deadline deadline(child.Pid, seconds);
  awaitEnd(child.Pid);
  bool isLate = deadline.end();
  guard.end();
  llvm::sys::ProcessInfo ended = llvm::sys::Wait(child, std::nullopt, &reason);
  if (ended.ReturnCode >= 0)
    return {ProcessEnd::Exited, ended.ReturnCode, "", ""};
  if (ended.ReturnCode == -1)
    return {ProcessEnd::NotStarted, 0, reason, ""};
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
