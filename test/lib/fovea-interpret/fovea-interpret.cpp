//===- fovea-interpret.cpp - kernels under many interleavings -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Compare.h"
#include "Garbage.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Pipelines/Register.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/InterleavedRange.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

#include <map>

namespace cl = llvm::cl;
using namespace fovea;
using namespace fovea::tile;
using mlir::FunctionOpInterface;

enum class Policy { RoundRobin, Random, Adversarial, All };

static cl::opt<std::string> input(cl::Positional, cl::desc("<module.mlir>"),
                                  cl::init("-"));
static cl::opt<std::string> entryName("entry",
                                      cl::desc("the function or kernel (default: the "
                                               "one function)"));
static cl::opt<std::string>
    against("against", cl::desc("a module whose function of that name "
                                "gives the numbers, say before placement"));
static cl::opt<double> tolerance("tolerance", cl::desc("against those numbers"),
                                 cl::init(0.02));
static cl::list<int64_t> lengths("lengths", cl::CommaSeparated,
                                 cl::desc("tokens of each sequence"));
static cl::list<int64_t>
    queries("queries", cl::CommaSeparated,
            cl::desc("how many of them, the last ones, are queries, where `tile.rows` "
                     "says that these are apart from keys"));
static cl::list<int64_t> grid("grid", cl::CommaSeparated,
                              cl::desc("of a kernel that is run by itself"));
static cl::opt<Policy> policy(
    "policy", cl::desc("who runs next"), cl::init(Policy::All),
    cl::values(
        clEnumValN(Policy::RoundRobin, "round-robin", "each in turn"),
        clEnumValN(Policy::Random, "random", "by each of --seeds seeds"),
        clEnumValN(Policy::Adversarial, "adversarial",
                   "favor and starve each role; copies and products late or early"),
        clEnumValN(Policy::All, "all", "all of these")));
static cl::opt<uint64_t> seeds("seeds", cl::desc("of the random policy"), cl::init(8));
static cl::opt<uint64_t> inputSeed("input-seed", cl::desc("of the inputs"),
                                   cl::init(0));
static cl::opt<double> scale("scale", cl::desc("inputs are in [-scale, scale)"),
                             cl::init(2));
static cl::opt<int64_t> blocks("blocks", cl::desc("of each launch"), cl::init(2));
static cl::opt<int64_t> listBlock("list-block",
                                  cl::desc("tokens of a block that index lists name"),
                                  cl::init(64));
static cl::opt<int64_t> nanSequence("nan-sequence",
                                    cl::desc("check that NaN rows of this sequence "
                                             "change no bit of another's"),
                                    cl::init(-1));

static cl::opt<uint64_t>
    garbage("garbage",
            cl::desc("run with so many drawn cu_seqlens and index lists that may say "
                     "anything: nothing may leave its array or run without an end"),
            cl::init(0));

static cl::opt<bool> windowRows("window-rows",
                                cl::desc("the outputs' rows are windows, not tokens"),
                                cl::init(false));

static cl::opt<bool> unverified("unverified",
                                cl::desc("run what the verifiers refuse, too"));

static FunctionOpInterface findEntry(mlir::ModuleOp module) {
  if (!entryName.empty())
    return module.lookupSymbol<FunctionOpInterface>(entryName);
  FunctionOpInterface found;
  for (auto function : module.getOps<mlir::func::FuncOp>())
    found = found ? FunctionOpInterface() : FunctionOpInterface(function);
  return found;
}

static std::vector<Order> ordersFor(mlir::ModuleOp module) {
  std::vector<Order> orders;
  auto wants = [](Policy kind) { return policy == kind || policy == Policy::All; };
  if (wants(Policy::RoundRobin))
    for (bool late : {true, false})
      orders.push_back({Order::Kind::RoundRobin, 0, 0, late, late});
  if (wants(Policy::Adversarial)) {
    unsigned groups = 1;
    module.walk([&](SpecializeOp roles) {
      groups = std::max<unsigned>(groups, llvm::divideCeil(roles.getWarps(), 4));
    });
    llvm::append_range(orders, getAdversarialOrders(1 + groups));
  }
  if (wants(Policy::Random))
    for (uint64_t seed = 0; seed < seeds; ++seed)
      orders.push_back({Order::Kind::Random, seed});
  return orders;
}

namespace {
/// What was found, each with the orders that show it.
class Report {
public:
  void add(const std::string &text, const Order &order) { add(text, order.describe()); }
  void add(const std::string &text, const std::string &order) {
    std::vector<std::string> &orders = found[text];
    if (!llvm::is_contained(orders, order))
      orders.push_back(order);
  }
  bool empty() const { return found.empty(); }
  void print(size_t orders, llvm::raw_ostream &stream) const {
    for (auto &[text, shownBy] : found)
      stream << text << "\n  in " << shownBy.size() << " of " << orders
             << " orders: " << shownBy.front() << '\n';
    if (found.empty())
      stream << "ok: " << orders << " orders\n";
  }

private:
  std::map<std::string, std::vector<std::string>> found;
};
} // namespace

/// Runs over a copy of the arguments, which it gives back with the outputs; nothing if
/// there is a finding.
static std::optional<Arguments> run(FunctionOpInterface entry,
                                    const InputOptions &inputs, const Order &order,
                                    Report &report) {
  Arguments arguments = generate(entry, inputs);
  RunOptions options{order, blocks};
  RunResult result;
  if (mlir::isa<KernelOp>(entry.getOperation()))
    result = runKernel(entry, grid, arguments.buffers,
                       std::vector<int64_t>(entry.getNumArguments(), inputs.tokens()),
                       options);
  else
    result = runHost(entry, arguments.buffers, options);
  for (const Finding &finding : result.findings)
    report.add(finding.describe(), order);
  return result.findings.empty() ? std::optional(arguments) : std::nullopt;
}

/// Draws from `inputs.seed` on what cu_seqlens and lists hold, runs each in one order,
/// and looks at rows of no sequence where there are such; gives how many draws that
/// was.
static size_t interpretGarbage(FunctionOpInterface entry, InputOptions inputs,
                               Report &report) {
  constexpr int64_t kMaxSteps = 2000000;
  int64_t tokens = inputs.tokens(), count = inputs.lengths.size() + 1;
  for (uint64_t i = 0; i < garbage; ++i, ++inputs.seed) {
    inputs.garbageOffsets = drawOffsets(inputs.seed, tokens, count);
    std::vector<int64_t> offsets = clampOffsets(inputs.garbageOffsets, tokens);
    inputs.garbageKeys = drawOffsets(~inputs.seed, inputs.keyTokens(), count);
    inputs.garbageLengths = drawOffsets(inputs.seed + 1, inputs.keyTokens(), count - 1);
    std::vector<int64_t> keyOffsets =
        clampOffsets(inputs.garbageKeys, inputs.keyTokens());
    Order order{Order::Kind::Random, inputs.seed};
    RunOptions options{order, blocks, kMaxSteps};
    options.statusIsGood = true;
    options.mayShareElements =
        !llvm::is_sorted(offsets) || !llvm::is_sorted(keyOffsets);
    Arguments arguments = generate(entry, inputs);
    RunResult result = runHost(entry, arguments.buffers, options);
    std::string where = order.describe() + ", over ";
    llvm::raw_string_ostream(where) << llvm::interleaved_array(inputs.garbageOffsets);
    for (const Finding &finding : result.findings)
      report.add(finding.describe(), where);
    if (result.findings.empty() && !options.mayShareElements)
      for (const std::string &line :
           findUndefined(arguments, offsets, tokens, !windowRows))
        report.add("numbers: " + line, where);
  }
  return garbage;
}

/// Runs everything that the options ask for; gives how many orders that was.
static size_t interpret(mlir::ModuleOp module, FunctionOpInterface entry,
                        FunctionOpInterface reference, InputOptions inputs,
                        Report &report) {
  int64_t tokens = inputs.tokens();
  std::vector<Order> orders = ordersFor(module);
  std::optional<Arguments> first;
  auto compare = [&](const std::optional<Arguments> &actual,
                     const std::optional<Arguments> &expected, const Order &order,
                     const Comparison &comparison, const std::string &title) {
    if (actual && expected)
      for (std::string &line : compareOutputs(*actual, *expected, comparison, tokens))
        report.add("numbers: " + title + line, order);
  };
  for (const Order &order : orders) {
    std::optional<Arguments> outputs = run(entry, inputs, order, report);
    compare(outputs, first, order, {}, "another order gives other bits: ");
    first = first ? first : outputs;
  }
  if (!first)
    return orders.size();
  if (!mlir::isa<KernelOp>(entry.getOperation()))
    for (std::string &line : findMissing(*first, tokens))
      report.add("numbers: " + line, orders[0]);
  if (reference)
    compare(first, run(reference, inputs, orders[0], report), orders[0], {tolerance},
            "the other module gives other numbers: ");
  if (nanSequence >= 0) {
    inputs.nanSequence = nanSequence;
    std::vector<int32_t> cu = inputs.cuSeqlens();
    compare(run(entry, inputs, orders[0], report), first, orders[0],
            {0, cu[nanSequence], cu[nanSequence + 1]},
            "NaN of another sequence changes ");
  }
  return orders.size();
}

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error() << message << '\n';
  return 1;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv,
                              "Kernels of tiles under many interleavings\n");
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  mlir::ParserConfig config(&context, /*verifyAfterParse=*/!unverified);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(input, config);
  mlir::OwningOpRef<mlir::ModuleOp> other;
  if (!against.empty())
    other = mlir::parseSourceFile<mlir::ModuleOp>(against, &context);
  if (!module || (!against.empty() && !other))
    return 1;
  FunctionOpInterface entry = findEntry(*module);
  if (!entry)
    return fail("expected --entry to name a function or a kernel");
  if (lengths.empty())
    return fail("expected --lengths");
  FunctionOpInterface reference;
  if (other && !(reference = other->lookupSymbol<FunctionOpInterface>(entry.getName())))
    return fail("expected the other module to have @" + entry.getName());
  if (mlir::isa<KernelOp>(entry.getOperation()) && grid.empty())
    return fail("expected --grid for a kernel");
  if (mlir::isa<KernelOp>(entry.getOperation()) && garbage)
    return fail("expected a function for --garbage, got a kernel");
  Report report;
  if (!queries.empty() && queries.size() != lengths.size())
    return fail("expected --queries of as many sequences as --lengths");
  InputOptions inputs{{lengths.begin(), lengths.end()},
                      {queries.begin(), queries.end()},
                      inputSeed,
                      scale,
                      listBlock};
  inputs.tokensPerPage = findTokensPerPage(entry);
  size_t runs = garbage ? interpretGarbage(entry, inputs, report)
                        : interpret(*module, entry, reference, inputs, report);
  report.print(runs, llvm::outs());
  return report.empty() ? 0 : 1;
}
