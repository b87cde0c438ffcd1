//===- TemporaryFile.cpp - files that outlive no compile ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Support/TemporaryFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

void TemporaryFile::Remove::operator()(std::string *path) const {
  llvm::sys::fs::remove(*path);
  llvm::sys::DontRemoveFileOnSignal(*path);
  delete path;
}

Expected<TemporaryFile> TemporaryFile::create(StringRef suffix) {
  llvm::SmallString<128> path;
  if (std::error_code code = llvm::sys::fs::createTemporaryFile("fovea", suffix, path))
    return llvm::createStringError(code, "expected to write a temporary file: " +
                                             code.message());
  TemporaryFile file(path);
  std::string message;
  if (llvm::sys::RemoveFileOnSignal(path, &message))
    return llvm::createStringError("expected to remove " + path.str() +
                                   " on a signal: " + message);
  return file;
}

Error TemporaryFile::write(StringRef contents) const {
  std::error_code code;
  llvm::raw_fd_ostream stream(*path, code);
  if (!code) {
    stream << contents;
    stream.close();
    code = stream.error();
    stream.clear_error();
  }
  if (code)
    return llvm::createStringError(code, "expected to write " + *path + ": " +
                                             code.message());
  return Error::success();
}

Expected<std::string> TemporaryFile::read() const {
  auto buffer = llvm::MemoryBuffer::getFile(*path);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "expected to read " + *path +
                                                          ": " +
                                                          buffer.getError().message());
  return (*buffer)->getBuffer().str();
}
