//===- foveac.cpp - the compiler ------------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  std::optional<fovea::CompileRequest> request = fovea::parseCompileOptions(argc, argv);
  if (!request)
    return 1;
  fovea::StageTimer timer;
  llvm::LogicalResult result = fovea::compileToFile(
      request->input, request->kind, request->options, timer, request->output);
  if (request->printTimes)
    timer.print(llvm::errs());
  return succeeded(result) ? 0 : 1;
}
