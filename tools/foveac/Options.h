//===- Options.h - the command line of foveac -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TOOLS_FOVEAC_OPTIONS_H
#define FOVEA_TOOLS_FOVEAC_OPTIONS_H

#include "fovea/Driver/Compile/Compiler.h"

#include <optional>

namespace fovea {

struct CompileRequest {
  std::string input;
  std::string output;
  Emit kind;
  CompileOptions options;
  bool printTimes;
};

/// Parses the command line; --help and unknown options end the program. None, after
/// a diagnostic, for a target that there is not and for options that do not belong
/// together.
std::optional<CompileRequest> parseCompileOptions(int argc, char **argv);

} // namespace fovea

#endif // FOVEA_TOOLS_FOVEAC_OPTIONS_H
