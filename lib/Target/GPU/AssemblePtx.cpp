//===- AssemblePtx.cpp - from PTX to a cubin, by ptxas --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/GPU/AssemblePtx.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

/// Where CMake found ptxas; empty if it found none.
static constexpr StringRef configuredPtxas = FOVEA_PTXAS;

char PtxRefusedError::ID;
void PtxRefusedError::log(llvm::raw_ostream &stream) const { stream << text; }
std::error_code PtxRefusedError::convertToErrorCode() const {
  return std::make_error_code(std::errc::invalid_argument);
}

namespace {
/// A file of its own name that is gone when this is.
class TemporaryFile final {
public:
  static Expected<TemporaryFile> create(StringRef suffix) {
    llvm::SmallString<128> path;
    if (std::error_code code =
            llvm::sys::fs::createTemporaryFile("fovea", suffix, path))
      return llvm::createStringError(code, "expected to write a temporary file: " +
                                               code.message());
    return TemporaryFile(path);
  }
  StringRef getPath() const { return path; }

private:
  explicit TemporaryFile(StringRef path)
      : path(path.str()), remover(std::make_unique<llvm::FileRemover>(path)) {}
  std::string path;
  std::unique_ptr<llvm::FileRemover> remover;
};
} // namespace

Expected<std::string> fovea::findPtxas(const PtxasOptions &options) {
  std::string places = "'" + options.path + "'";
  if (!options.path.empty()) {
    if (llvm::sys::fs::can_execute(options.path))
      return options.path;
  } else {
    if (auto inPath = llvm::sys::findProgramByName("ptxas"))
      return *inPath;
    if (llvm::sys::fs::can_execute(configuredPtxas))
      return configuredPtxas.str();
    places = "PATH";
    if (!configuredPtxas.empty())
      places += " or '" + configuredPtxas.str() + "'";
  }
  return llvm::createStringError(
      std::make_error_code(std::errc::no_such_file_or_directory),
      "expected ptxas to assemble a cubin, found none in " + places +
          ": install the CUDA Toolkit 13.0 or later, or give ptxas' path; PTX "
          "does not need it");
}

static Error writeFile(StringRef path, StringRef contents) {
  std::error_code code;
  llvm::raw_fd_ostream stream(path, code);
  if (!code) {
    stream << contents;
    stream.close();
    code = stream.error();
    stream.clear_error();
  }
  if (code)
    return llvm::createStringError(code,
                                   "expected to write " + path + ": " + code.message());
  return Error::success();
}

static Expected<std::string> readFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "expected to read " + path +
                                                          ": " +
                                                          buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

/// What ptxas prints of an error, less its information lines.
static std::string getErrors(StringRef output) {
  std::string errors;
  for (StringRef line : llvm::split(output, '\n')) {
    StringRef head = line.split(": ").first.rtrim();
    if (head.ends_with("error") || head.ends_with("fatal"))
      errors += "\n  " + line.str();
  }
  return errors;
}

/// Runs ptxas on the file `ptx` and returns what it printed.
static Expected<std::string> runPtxas(StringRef ptxas, StringRef ptx, StringRef cubin,
                                      const GpuTargetInfo &target) {
  Expected<TemporaryFile> log = TemporaryFile::create("log");
  if (!log)
    return log.takeError();
  StringRef logPath = log->getPath();
  std::string arch = ("-arch=" + target.name).str();
  std::string message;
  int status =
      llvm::sys::ExecuteAndWait(ptxas, {ptxas, arch, "-O3", "-v", ptx, "-o", cubin},
                                std::nullopt, {StringRef(), logPath, logPath},
                                /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message);
  Expected<std::string> output = readFile(logPath);
  if (!output || status == 0)
    return output;
  std::string errors = getErrors(*output);
  if (errors.empty())
    errors = message.empty() ? " exit status " + std::to_string(status) : " " + message;
  return llvm::make_error<PtxRefusedError>(
      ("expected " + ptxas + " to accept the PTX, got:" + errors).str());
}

Expected<AssembledKernel> fovea::assemblePtx(StringRef ptx, const GpuTargetInfo &target,
                                             const PtxasOptions &options) {
  Expected<std::string> ptxas = findPtxas(options);
  if (!ptxas)
    return ptxas.takeError();
  Expected<TemporaryFile> input = TemporaryFile::create("ptx");
  if (!input)
    return input.takeError();
  Expected<TemporaryFile> result = TemporaryFile::create("cubin");
  if (!result)
    return result.takeError();
  if (Error error = writeFile(input->getPath(), ptx))
    return error;

  Expected<std::string> output =
      runPtxas(*ptxas, input->getPath(), result->getPath(), target);
  if (!output)
    return output.takeError();
  Expected<std::string> cubin = readFile(result->getPath());
  if (!cubin)
    return cubin.takeError();
  Expected<PtxasReport> report = parsePtxasReport(*output);
  if (!report)
    return report.takeError();
  if (report->functions.empty() && ptx.contains(".entry"))
    return llvm::createStringError("expected " + *ptxas +
                                   " -v to report on its kernels, got none: Fovea "
                                   "reads the output of CUDA 13.0");
  return AssembledKernel{std::move(*cubin), std::move(*report)};
}
