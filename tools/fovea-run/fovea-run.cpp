//===- fovea-run.cpp - runs a spec ----------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "fovea/Support/OutputFile.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::Expected<fovea::RunRequest> request = fovea::parseRunOptions(argc, argv);
  if (!request) {
    llvm::errs() << "error: " << llvm::toString(request.takeError()) << "\n";
    return 1;
  }
  llvm::LogicalResult result =
      fovea::run(request->path, request->options, llvm::outs());
  if (llvm::Error error = fovea::flushStandardOutput()) {
    llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  return succeeded(result) ? 0 : 1;
}
