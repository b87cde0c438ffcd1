//===- Options.h - the command line of fovea-run ----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TOOLS_FOVEA_RUN_OPTIONS_H
#define FOVEA_TOOLS_FOVEA_RUN_OPTIONS_H

#include "fovea/Driver/Run/Run.h"

namespace fovea {

struct RunRequest {
  std::string path;
  RunOptions options;
};

/// Parses the command line; --help and unknown options end the program.
llvm::Expected<RunRequest> parseRunOptions(int argc, char **argv);

} // namespace fovea

#endif // FOVEA_TOOLS_FOVEA_RUN_OPTIONS_H
