//===- Ptxas.cpp - which ptxas to run -------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/GPU/Ptxas.h"

#include "fovea/Support/RunProcess.h"
#include "fovea/Target/GPU/PtxVersions.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

#include <algorithm>

using namespace fovea;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::VersionTuple;

/// Where CMake found ptxas; empty if it found none.
static constexpr StringRef configuredPtxas = FOVEA_PTXAS;

std::string Ptxas::describe() const {
  return "ptxas " + version.getAsString() + " ('" + path + "')";
}

/// The V13.0.88 of "Cuda compilation tools, release 13.0, V13.0.88"; empty if there is
/// none.
static VersionTuple readVersion(StringRef output) {
  VersionTuple version;
  StringRef text = output.split("release ").second.split(", V").second;
  text = text.take_while([](char c) { return llvm::isDigit(c) || c == '.'; });
  return version.tryParse(text) ? VersionTuple() : version;
}

/// Asks the file `path` what it is. The error continues a sentence that names the file.
static Expected<Ptxas> askVersion(StringRef path, const PtxasOptions &options) {
  constexpr unsigned kSeconds = 30;
  unsigned seconds =
      options.secondsToWait ? std::min(options.secondsToWait, kSeconds) : kSeconds;
  Expected<ProcessResult> result = runProcess(path, {"--version"}, seconds);
  if (!result)
    return result.takeError();
  switch (result->end) {
  case ProcessEnd::NotStarted:
    return llvm::createStringError("which cannot be run: " + result->reason);
  case ProcessEnd::Killed:
    return llvm::createStringError("which ended at --version by a signal: " +
                                   result->reason);
  case ProcessEnd::TimedOut:
    return llvm::createStringError("which did not answer --version within " +
                                   llvm::Twine(seconds) + " s");
  case ProcessEnd::Exited:
    break;
  }
  VersionTuple version = readVersion(result->output);
  if (result->status != 0 || version.empty())
    return llvm::createStringError("which says no version of ptxas at --version");
  if (version < getOldestToolkit())
    return llvm::createStringError("of CUDA " + version.getAsString());
  return Ptxas{path.str(), version, options.secondsToWait};
}

/// The files to try, the best first.
static llvm::SmallVector<std::string> getCandidates(const PtxasOptions &options) {
  if (!options.path.empty())
    return {options.path};
  llvm::SmallVector<std::string> candidates, seen;
  while (auto found = llvm::sys::Process::FindInEnvPath("PATH", "ptxas", seen)) {
    candidates.push_back(*found);
    seen.push_back(llvm::sys::path::parent_path(*found).str());
  }
  if (!configuredPtxas.empty() && !llvm::is_contained(candidates, configuredPtxas))
    candidates.push_back(configuredPtxas.str());
  return candidates;
}

Expected<Ptxas> fovea::findPtxas(const PtxasOptions &options) {
  std::string unusable;
  llvm::SmallVector<std::string> candidates = getCandidates(options);
  for (StringRef path : candidates) {
    if (!llvm::sys::fs::exists(path))
      continue;
    Expected<Ptxas> ptxas = askVersion(path, options);
    if (ptxas)
      return ptxas;
    unusable += (unusable.empty() ? "'" : "; '") + path.str() + "', " +
                llvm::toString(ptxas.takeError());
  }
  std::string places = "PATH";
  if (!options.path.empty())
    places = "'" + options.path + "'";
  else if (!configuredPtxas.empty())
    places += " or '" + configuredPtxas.str() + "'";
  std::string oldest = getOldestToolkit().getAsString();
  return llvm::createStringError(
      std::make_error_code(std::errc::no_such_file_or_directory),
      "expected ptxas of CUDA " + oldest + " or later to assemble a cubin, got " +
          (unusable.empty() ? "none in " + places : unusable) +
          ": install the CUDA Toolkit " + oldest +
          " or later, or give ptxas' path; PTX does not need it");
}
