//===- TemporaryFile.h - files that outlive no compile ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_SUPPORT_TEMPORARYFILE_H
#define FOVEA_SUPPORT_TEMPORARYFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace fovea {

/// An empty file of its own name that is gone when this is, and when a signal ends the
/// process.
class TemporaryFile final {
public:
  /// The name ends in ".`suffix`".
  static llvm::Expected<TemporaryFile> create(llvm::StringRef suffix);

  llvm::StringRef getPath() const { return *path; }
  llvm::Error write(llvm::StringRef contents) const;
  llvm::Expected<std::string> read() const;

private:
  struct Remove {
    void operator()(std::string *path) const;
  };
  explicit TemporaryFile(llvm::StringRef path) : path(new std::string(path)) {}
  std::unique_ptr<std::string, Remove> path;
};

} // namespace fovea

#endif // FOVEA_SUPPORT_TEMPORARYFILE_H
