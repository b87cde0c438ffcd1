//===- Options.cpp - the command line of fovea-run ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "fovea/Driver/Compile/Version.h"
#include "llvm/Support/CommandLine.h"

namespace cl = llvm::cl;
using namespace fovea;
using llvm::Error;

static cl::OptionCategory category("fovea-run options");

namespace {

/// Made when main runs, not before it: see parseRunOptions.
struct CommandLine {
  cl::opt<std::string> input{cl::Positional, cl::desc("<spec.mlir>"), cl::Required,
                             cl::cat(category)};
  cl::opt<std::string> device{
      "device", cl::init("cpu"), cl::value_desc("name"),
      cl::desc("cpu (default) or cuda: compiled; reference: loops in double"),
      cl::cat(category)};
  cl::opt<std::string> entry{"entry", cl::value_desc("function"),
                             cl::desc("which function, if the spec gives several"),
                             cl::cat(category)};
  cl::opt<bool> backward{
      "backward",
      cl::desc("also run the backward entry, on what the forward one "
               "took and saved"),
      cl::cat(category)};
  cl::opt<int64_t> tokens{"tokens", cl::value_desc("N"),
                          cl::desc("one sequence of N tokens (default: 1024)"),
                          cl::cat(category)};
  cl::list<int64_t> lengths{"lengths", cl::CommaSeparated, cl::value_desc("N,N,..."),
                            cl::desc("a batch of sequences, 0 included"),
                            cl::cat(category)};
  cl::list<int64_t> queries{
      "queries", cl::CommaSeparated, cl::value_desc("N,N,..."),
      cl::desc("how many last tokens of each sequence are queries, of an entry whose "
               "queries are apart from its keys (default: half of them)"),
      cl::cat(category)};
  cl::list<std::string> inputFiles{
      "input", cl::value_desc("name=file.npy"),
      cl::desc("an argument's values; others are generated"), cl::cat(category)};
  cl::list<std::string> outputFiles{"output", cl::value_desc("name=file.npy"),
                                    cl::desc("write a result"), cl::cat(category)};
  cl::opt<uint64_t> seed{"seed", cl::init(1), cl::value_desc("N"),
                         cl::desc("of generated values (default: 1)"),
                         cl::cat(category)};
  cl::opt<DataKind> data{
      "data", cl::init(DataKind::Normal), cl::desc("how generated values look:"),
      cl::values(
          clEnumValN(DataKind::Normal, "normal", "independent (default)"),
          clEnumValN(DataKind::Dyadic, "dyadic",
                     "quarters, with exact ties among blocks"),
          clEnumValN(DataKind::Correlated, "correlated", "drifting along a sequence")),
      cl::cat(category)};
  cl::opt<bool> verifyFlag{"verify",
                           cl::desc("compare with the reference; exit 1 if it differs"),
                           cl::cat(category)};
  cl::opt<int64_t> verifyTokens{
      "verify-tokens", cl::init(256), cl::value_desc("N"),
      cl::desc("tokens that --verify samples; 0: all, as of gradients (default: 256)"),
      cl::cat(category)};
  cl::opt<std::string> repetitions{
      "time", cl::ValueOptional, cl::value_desc("reps"),
      cl::desc("time it (default: 5 runs after a first one)"), cl::cat(category)};
  cl::opt<unsigned> threads{"threads", cl::value_desc("N"),
                            cl::desc("threads to use (default: all cores)"),
                            cl::cat(category)};
  cl::opt<std::string> ptxas{
      "ptxas", cl::value_desc("file"),
      cl::desc("for cuda, the ptxas to run (default: the first usable one in PATH, "
               "else the build's)"),
      cl::cat(category)};
  cl::opt<unsigned> ptxasSeconds{
      "ptxas-timeout", cl::init(kPtxasSeconds), cl::value_desc("seconds"),
      cl::desc("for cuda, what ptxas may take for one kernel; 0: no limit "
               "(default: 600)"),
      cl::cat(category)};
  cl::opt<std::string> scheduleTable{
      "schedule-table", cl::value_desc("file"),
      cl::desc("for cuda, take the schedules that this table has (docs/tuning.md)"),
      cl::cat(category)};
  cl::opt<std::string> libcuda{
      "libcuda", cl::value_desc("file"),
      cl::desc("for cuda, the driver's library (default: libcuda.so.1)"),
      cl::cat(category)};
  cl::opt<std::string> cpu{"mcpu", cl::init("native"), cl::value_desc("name"),
                           cl::desc("compile for this processor (default: "
                                    "native)"),
                           cl::cat(category)};
  cl::opt<bool> noFuse{"no-fuse", cl::desc("one kernel per operation"),
                       cl::cat(category)};
  cl::list<std::string> save{
      "save", cl::CommaSeparated, cl::value_desc("word,..."),
      cl::desc("what a forward entry keeps for its backward one: out, lse, output, "
               "indices, or all (default), or none"),
      cl::cat(category)};
  cl::list<std::string> plugins{
      "load-dialect-plugin", cl::value_desc("file"),
      cl::desc("load dialects, such as key sets, from a shared library"),
      cl::cat(category)};
  cl::opt<std::string> json{"json", cl::value_desc("file.json"),
                            cl::desc("write what the table says, for programs"),
                            cl::cat(category)};
  cl::opt<std::string> plot{
      "plot-pattern", cl::value_desc("file.svg"),
      cl::desc("draw which keys each query attends to, per branch"), cl::cat(category)};
};

} // namespace

static const char *overview =
    "Runs an attention spec on arrays, and says how it went\n\n"
    "  fovea-run nsa.mlir --tokens=2048 --verify --time\n"
    "  fovea-run nsa-gpu.mlir --tokens=65536 --device=cuda --verify --time\n"
    "  fovea-run nsa.mlir --lengths=100,0,33 --device=reference\n"
    "  fovea-run near.mlir --backward --verify      where it has entries backward\n"
    "  fovea-run nsa.mlir --input q=q.npy --input k=k.npy --input v=v.npy "
    "--output o=o.npy\n"
    "  fovea-run nsa.mlir --tokens=4096 --plot-pattern pattern.svg\n\n"
    "Arguments are named in `foveac nsa.mlir --emit=attn`: q, k, v, gates, "
    "cu_seqlens, ...\n";

static llvm::Expected<Device> parseDevice(llvm::StringRef name) {
  if (name == "cpu")
    return Device::Cpu;
  if (name == "reference")
    return Device::Reference;
  if (name == "cuda")
    return Device::Cuda;
  return llvm::createStringError("expected device cpu, cuda or reference, got " + name);
}

/// Whether options of one device are given for another.
static Error checkDeviceOptions(const CommandLine &line, Device device) {
  auto refuse = [&](const cl::Option &option, llvm::StringRef expected) {
    return llvm::createStringError("expected --device=" + expected + " for --" +
                                   option.ArgStr + ", got " + line.device);
  };
  for (const cl::Option *option : {static_cast<const cl::Option *>(&line.ptxas),
                                   static_cast<const cl::Option *>(&line.ptxasSeconds),
                                   static_cast<const cl::Option *>(&line.scheduleTable),
                                   static_cast<const cl::Option *>(&line.libcuda)})
    if (option->getNumOccurrences() && device != Device::Cuda)
      return refuse(*option, "cuda");
  if (line.threads.getNumOccurrences() && device != Device::Cpu)
    return refuse(line.threads, "cpu");
  if (line.cpu.getNumOccurrences() && device != Device::Cpu)
    return refuse(line.cpu, "cpu");
  return Error::success();
}

/// Adds "name=file" entries to `files`.
static Error addFiles(llvm::StringRef option, llvm::ArrayRef<std::string> entries,
                      std::map<std::string, std::string> &files) {
  for (llvm::StringRef entry : entries) {
    auto [name, path] = entry.split('=');
    if (name.empty() || path.empty())
      return llvm::createStringError("expected --" + option + " name=file.npy, got " +
                                     entry);
    if (!files.emplace(name, path).second)
      return llvm::createStringError("expected one --" + option + " for " + name +
                                     ", got two");
  }
  return Error::success();
}

llvm::Expected<RunRequest> fovea::parseRunOptions(int argc, char **argv) {
  // LLVM's shared library registers options of its own; ours come first.
  if (cl::Option *taken = cl::getRegisteredOptions().lookup("threads"))
    taken->removeArgument();
  CommandLine line;
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter([&](llvm::raw_ostream &stream) {
    printVersions({line.ptxas, line.ptxasSeconds}, stream);
  });
  cl::ParseCommandLineOptions(argc, argv, overview);
  RunRequest request;
  request.path = line.input;
  RunOptions &options = request.options;
  llvm::Expected<Device> parsedDevice = parseDevice(line.device);
  if (!parsedDevice)
    return parsedDevice.takeError();
  options.device = *parsedDevice;
  if (Error error = checkDeviceOptions(line, options.device))
    return error;
  options.compile.entry = line.entry;
  options.compile.cpu = line.cpu;
  options.compile.fuse = !line.noFuse;
  options.compile.dialectPlugins.assign(line.plugins.begin(), line.plugins.end());
  if (!line.save.empty())
    options.compile.save.assign(line.save.begin(), line.save.end());
  options.backward = line.backward;
  if (line.tokens.getNumOccurrences() && !line.lengths.empty())
    return llvm::createStringError("expected --tokens or --lengths, got both");
  options.workload.lengths.assign(line.lengths.begin(), line.lengths.end());
  options.workload.queries.assign(line.queries.begin(), line.queries.end());
  if (line.tokens.getNumOccurrences())
    options.workload.lengths = {line.tokens};
  options.workload.seed = line.seed;
  options.workload.data = line.data;
  if (Error error = addFiles("input", line.inputFiles, options.workload.inputFiles))
    return error;
  if (Error error = addFiles("output", line.outputFiles, options.outputFiles))
    return error;
  options.threads = line.threads;
  options.compile.gpu.ptxas = {line.ptxas, line.ptxasSeconds};
  options.compile.gpu.scheduleTable = line.scheduleTable;
  options.cudaDriver = line.libcuda;
  if (line.repetitions.getNumOccurrences())
    options.repetitions = 5;
  if (!line.repetitions.empty() &&
      (llvm::StringRef(line.repetitions).getAsInteger(10, options.repetitions) ||
       options.repetitions == 0))
    return llvm::createStringError("expected --time=reps of 1 or more, got " +
                                   line.repetitions);
  options.verify = line.verifyFlag;
  options.verifyTokens = line.verifyTokens;
  options.plotPath = line.plot;
  options.jsonPath = line.json;
  return request;
}
