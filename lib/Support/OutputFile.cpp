//===- OutputFile.cpp - files that are written whole or not at all --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Support/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>

using llvm::Error;
using llvm::function_ref;
using llvm::StringRef;
namespace fs = llvm::sys::fs;

namespace {
/// While it lives, a write past the limit on a file's size is an error like that of a
/// full disk. Otherwise it is a signal, and ends the program.
class SizeLimitAsError {
#ifdef SIGXFSZ
public:
  SizeLimitAsError() : previous(std::signal(SIGXFSZ, SIG_IGN)) {}
  ~SizeLimitAsError() {
    if (previous != SIG_ERR)
      std::signal(SIGXFSZ, previous);
  }

private:
  void (*previous)(int);
#endif
};
} // namespace

static Error makeError(StringRef path, std::error_code code) {
  return llvm::createStringError(path + ": cannot write: " + code.message());
}

/// The first error of `stream`, which it then forgets: one that is still set when a
/// stream is destroyed is fatal.
static std::error_code takeError(llvm::raw_fd_ostream &stream) {
  std::error_code code = stream.error();
  stream.clear_error();
  return code;
}

Error fovea::flushStandardOutput() {
  SizeLimitAsError limit;
  llvm::outs().flush();
  if (std::error_code code = takeError(llvm::outs()))
    return makeError("standard output", code);
  return Error::success();
}

/// Pipes, devices, and what the system shows as files have nothing to keep.
static Error writeDirectly(StringRef path,
                           llvm::function_ref<void(llvm::raw_ostream &)> write) {
  std::error_code code;
  llvm::raw_fd_ostream stream(path, code);
  if (code)
    return makeError(path, code);
  write(stream);
  stream.close();
  if ((code = takeError(stream)))
    return makeError(path, code);
  return Error::success();
}

/// Where the file itself is: `path`, or what it is a link to.
static llvm::SmallString<128> followLinks(StringRef path) {
  llvm::SmallString<128> target;
  if (fs::real_path(path, target))
    return path; // Nothing is there yet.
  return target;
}

/// Writes to a file of another name in the same folder, and returns its name; leaves
/// none where that fails.
static std::error_code writeBeside(StringRef target, llvm::SmallString<128> &beside,
                                   llvm::function_ref<void(llvm::raw_ostream &)> write) {
  int descriptor = -1;
  if (std::error_code code =
          fs::createUniqueFile(target + ".%%%%%%%%.tmp", descriptor, beside))
    return code;
  llvm::sys::RemoveFileOnSignal(beside);
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  write(stream);
  stream.close();
  return takeError(stream);
}

Error fovea::writeFile(StringRef path, llvm::function_ref<void(llvm::raw_ostream &)> write) {
  if (path == "-" || path == "/dev/stdout") {
    write(llvm::outs());
    return flushStandardOutput();
  }
  SizeLimitAsError limit;
  llvm::SmallString<128> target = followLinks(path);
  fs::file_status old;
  bool exists = !fs::status(target, old) && fs::exists(old);
  bool isSystems = path.starts_with("/dev/") || path.starts_with("/proc/");
  if (isSystems || (exists && !fs::is_regular_file(old)))
    return writeDirectly(path, write);
  llvm::SmallString<128> beside;
  std::error_code code = writeBeside(target, beside, write);
  if (!code && exists)
    code = fs::setPermissions(beside, old.permissions());
  if (!code)
    code = fs::rename(beside, target);
  if (code && !beside.empty())
    fs::remove(beside);
  if (!beside.empty())
    llvm::sys::DontRemoveFileOnSignal(beside);
  return code ? makeError(path, code) : Error::success();
}
