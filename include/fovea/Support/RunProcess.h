//===- RunProcess.h - one program, to its end -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_SUPPORT_RUNPROCESS_H
#define FOVEA_SUPPORT_RUNPROCESS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace fovea {

enum class ProcessEnd {
  Exited,     ///< by itself, with `status`
  NotStarted, ///< it could not be executed: `reason`
  Killed,     ///< by the signal that `reason` names
  TimedOut    ///< it was killed at the end of its time
};

struct ProcessResult {
  ProcessEnd end;
  int status = 0;
  std::string reason;
  std::string output; ///< what it wrote to stdout and stderr, whatever its end
};

/// Runs `program`, a path, with `arguments` and without input, for at most `seconds`
/// (0: as long as it takes). A signal that ends this process (SIGHUP, SIGINT, SIGTERM)
/// kills the program first. Threads may call this at the same time: each waits for its
/// own program, and a signal kills them all. Fails only where the program's output
/// cannot be kept.
llvm::Expected<ProcessResult> runProcess(llvm::StringRef program,
                                         llvm::ArrayRef<llvm::StringRef> arguments,
                                         unsigned seconds);

} // namespace fovea

#endif // FOVEA_SUPPORT_RUNPROCESS_H
