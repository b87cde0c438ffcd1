//===- AssemblePtx.cpp - from PTX to a cubin, by ptxas --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/GPU/AssemblePtx.h"

#include "fovea/Support/RunProcess.h"
#include "fovea/Support/TemporaryFile.h"
#include "fovea/Target/GPU/PtxVersions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

char PtxRefusedError::ID;
void PtxRefusedError::log(llvm::raw_ostream &stream) const { stream << text; }
std::error_code PtxRefusedError::convertToErrorCode() const {
  return std::make_error_code(std::errc::invalid_argument);
}

/// "expected ptxas 13.0.88 ('/bin/ptxas') " and what was expected of it.
static Error fail(const Ptxas &ptxas, const llvm::Twine &expectation) {
  return llvm::createStringError("expected " + ptxas.describe() + " " + expectation);
}

/// Some ptxas crash over a version that they do not know.
static Error checkVersion(StringRef ptx, const Ptxas &ptxas) {
  unsigned needed = readPtxVersion(ptx), newest = getNewestPtx(ptxas.version);
  if (needed <= newest)
    return Error::success();
  return llvm::createStringError(
      "expected a ptxas that takes PTX " + formatPtxVersion(needed) + ", of CUDA " +
      getFirstToolkit(needed).getAsString() + " or later, got " + ptxas.describe() +
      ", which takes " + formatPtxVersion(newest));
}

/// What ptxas printed, if it did what it was asked.
static Expected<std::string> checkEnd(ProcessResult result, const Ptxas &ptxas) {
  switch (result.end) {
  case ProcessEnd::NotStarted:
    return fail(ptxas, "to run, got: " + result.reason);
  case ProcessEnd::TimedOut:
    return fail(ptxas, "to end within " + llvm::Twine(ptxas.secondsToWait) +
                           " s, got no end: give it more time, or another ptxas");
  case ProcessEnd::Killed:
    return fail(ptxas, "to end by itself, got a signal: " + result.reason);
  case ProcessEnd::Exited:
    break;
  }
  if (result.status == 0)
    return std::move(result.output);
  std::string errors = getPtxasErrors(result.output);
  if (errors.empty())
    return fail(ptxas, "to say why it refuses the PTX, got exit status " +
                           llvm::Twine(result.status));
  if (!isResourceRefusal(errors))
    return fail(ptxas, "to accept the PTX, got:" + errors);
  return llvm::make_error<PtxRefusedError>("expected " + ptxas.describe() +
                                           " to accept the PTX, got:" + errors);
}

/// Whole, and for a GPU.
static Error checkCubin(StringRef cubin, const Ptxas &ptxas) {
  auto refuse = [&](const llvm::Twine &what) {
    return fail(ptxas, "to write an ELF file for a GPU, got " +
                           llvm::Twine(cubin.size()) + " bytes of " + what);
  };
  auto file = llvm::object::ELF64LEFile::create(cubin);
  if (!file) {
    llvm::consumeError(file.takeError());
    return refuse("something else");
  }
  if (!cubin.starts_with(llvm::ELF::ElfMagic) ||
      file->getHeader().e_ident[llvm::ELF::EI_CLASS] != llvm::ELF::ELFCLASS64)
    return refuse("something else");
  if (file->getHeader().e_machine != llvm::ELF::EM_CUDA)
    return refuse("an ELF file for machine " +
                  llvm::Twine(unsigned(file->getHeader().e_machine)));
  auto sections = file->sections();
  if (sections)
    return Error::success();
  return refuse("a part of one: " + llvm::toString(sections.takeError()));
}

/// The names in `ptx` of kernels.
static std::vector<StringRef> getEntries(StringRef ptx) {
  std::vector<StringRef> names;
  for (StringRef rest = ptx.split(".entry ").second; !rest.empty();
       rest = rest.split(".entry ").second)
    names.push_back(
        rest.take_until([](char c) { return c == '(' || c == '\n'; }).trim());
  return names;
}

/// A report of other kernels, or for another target, says nothing of these.
static Error checkReport(const PtxasReport &report, StringRef ptx,
                         const GpuTargetInfo &target, const Ptxas &ptxas) {
  for (StringRef name : getEntries(ptx)) {
    auto found = llvm::find_if(report.functions, [&](const FunctionReport &function) {
      return function.isKernel && function.name == name;
    });
    bool isThere = found != report.functions.end();
    if (isThere && found->target == target.name)
      continue;
    return fail(ptxas,
                "-v to report on kernel '" + name + "' for " + target.name + ", got " +
                    (isThere ? "one for " + found->target : std::string("no report")));
  }
  return Error::success();
}

Expected<AssembledKernel> fovea::assemblePtx(StringRef ptx, const GpuTargetInfo &target,
                                             const Ptxas &ptxas) {
  if (Error error = checkVersion(ptx, ptxas))
    return error;
  Expected<TemporaryFile> input = TemporaryFile::create("ptx");
  if (!input)
    return input.takeError();
  Expected<TemporaryFile> result = TemporaryFile::create("cubin");
  if (!result)
    return result.takeError();
  if (Error error = input->write(ptx))
    return error;

  std::string arch = ("-arch=" + target.name).str();
  Expected<ProcessResult> ended = runProcess(
      ptxas.path, {arch, "-O3", "-v", input->getPath(), "-o", result->getPath()},
      ptxas.secondsToWait);
  if (!ended)
    return ended.takeError();
  Expected<std::string> output = checkEnd(std::move(*ended), ptxas);
  if (!output)
    return output.takeError();
  Expected<std::string> cubin = result->read();
  if (!cubin)
    return cubin.takeError();
  if (Error error = checkCubin(*cubin, ptxas))
    return error;
  Expected<PtxasReport> report = parsePtxasReport(*output);
  if (!report)
    return report.takeError();
  if (Error error = checkReport(*report, ptx, target, ptxas))
    return error;
  return AssembledKernel{std::move(*cubin), std::move(*report)};
}
