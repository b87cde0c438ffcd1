//===- SharedLibrary.cpp - compiled entries that say what they take -------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/CPU/SharedLibrary.h"

#include "fovea/Support/RunProcess.h"
#include "fovea/Support/TemporaryFile.h"
#include "fovea/Target/CPU/DataObject.h"
#include "fovea/Target/Entry/CEntry.h"
#include "fovea/Target/Entry/EntryJson.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace fovea;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

/// What a linker may take.
static constexpr unsigned kSeconds = 120;

std::string fovea::describeLibrary(llvm::ArrayRef<EntrySignature> entries,
                                   const CpuTargetInfo &target) {
  llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, /*IndentSize=*/1);
  json.object([&] {
    json.attribute("format", 1);
    json.attribute("producer", "fovea " FOVEA_VERSION);
    json.attribute("machine", triple.getArchName());
    json.attribute("cpu", target.cpu);
    json.attributeArray("features", [&] {
      for (StringRef feature : getNeededFeatures(target))
        json.value(feature);
    });
    json.attributeArray("statuses", [&] {
      for (const CpuStatusInfo &info : getCpuStatuses())
        json.value(info.text);
    });
    json.attributeArray("entries", [&] {
      for (const EntrySignature &entry : entries)
        json.object([&] { writeSignature(entry, json); });
    });
  });
  return text;
}

/// A file with these contents.
static Expected<TemporaryFile> makeFile(StringRef suffix, StringRef contents) {
  Expected<TemporaryFile> file = TemporaryFile::create(suffix);
  if (file)
    if (Error error = file->write(contents))
      return error;
  return file;
}

static Expected<std::string> findLinker(StringRef linker) {
  StringRef name = linker.empty() ? "cc" : linker;
  llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(name);
  if (path)
    return *path;
  return llvm::createStringError(
      path.getError(), "expected a C compiler to link a shared library with, found "
                       "no '" +
                           name + "': install one, or give its path");
}

/// Runs the linker; what it printed is the error's text.
static Error link(StringRef linker, llvm::ArrayRef<StringRef> inputs,
                  StringRef output) {
  StringRef openMP = FOVEA_OPENMP_LIBRARY;
  bool isThere = llvm::sys::fs::exists(openMP); // foveac may have moved since
  std::string runPath = ("-Wl,-rpath," + llvm::sys::path::parent_path(openMP)).str();
  std::vector<StringRef> arguments = {"-shared", "-Wl,-z,defs", "-o", output};
  arguments.insert(arguments.end(), inputs.begin(), inputs.end());
  arguments.push_back(isThere ? openMP : "-lomp");
  if (isThere)
    arguments.push_back(runPath);
  arguments.push_back("-lm");
  Expected<ProcessResult> result = runProcess(linker, arguments, kSeconds);
  if (!result)
    return result.takeError();
  if (result->end == ProcessEnd::Exited && result->status == 0)
    return Error::success();
  StringRef reason = result->end == ProcessEnd::Exited     ? result->output
                     : result->end == ProcessEnd::TimedOut ? StringRef("no end in time")
                                                           : StringRef(result->reason);
  return llvm::createStringError("expected '" + linker +
                                 "' to link a shared library, got: " + reason.trim());
}

Expected<std::string> fovea::linkSharedLibrary(StringRef object, StringRef interface,
                                               StringRef tag,
                                               const CpuTargetInfo &target,
                                               StringRef linker) {
  Expected<std::string> program = findLinker(linker);
  if (!program)
    return program.takeError();
  llvm::SmallString<0> data;
  llvm::raw_svector_ostream stream(data);
  if (Error error =
          emitDataObject("fovea_cpu_interface", tag, interface, target, stream))
    return error;
  Expected<TemporaryFile> code = makeFile("o", object);
  if (!code)
    return code.takeError();
  Expected<TemporaryFile> description = makeFile("o", data);
  if (!description)
    return description.takeError();
  Expected<TemporaryFile> library = TemporaryFile::create("so");
  if (!library)
    return library.takeError();
  if (Error error =
          link(*program, {code->getPath(), description->getPath()}, library->getPath()))
    return error;
  return library->read();
}
