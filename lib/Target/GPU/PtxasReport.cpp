//===- PtxasReport.cpp - what ptxas says of its kernels -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is read, here of CUDA 13.5 (each line starts `ptxas info    : ` but the
// third):
//
//   Compiling entry function 'k' for 'sm_90a'
//   Function properties for k
//       0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
//   Used 30 registers, used 1 barriers, 1024 bytes smem
//   (C7514) Potential Performance Loss: ... in the function 'k' in line 0
//
// Device functions have the second and third line only. Advisories come first. The
// barriers are there from CUDA 12.6 on, the line of an advisory from 13.1 on. A line
// starts with the name that ptxas was called by, and an error's then has the place:
// `ptxas k.ptx, line 27; error   : Not a name of any known instruction: 'f'`.
//
//===----------------------------------------------------------------------===//

#include "fovea/Target/GPU/PtxasReport.h"

#include "fovea/Target/GPU/PtxVersions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace fovea;
using llvm::StringLiteral;
using llvm::StringRef;

namespace {
enum class Severity { Info, Warning, Error };
struct Message {
  Severity severity;
  StringRef text;
};
} // namespace

/// What a line says behind the name of ptxas, a place, and the severity; none for a
/// line without these.
static std::optional<Message> readMessage(StringRef line) {
  static constexpr std::pair<StringLiteral, Severity> kinds[] = {
      {" info ", Severity::Info},
      {" warning ", Severity::Warning},
      {" error ", Severity::Error},
      {" fatal ", Severity::Error}};
  std::optional<Message> first;
  for (auto [kind, severity] : kinds) {
    StringRef rest = line.split(kind).second.ltrim();
    if (rest.consume_front(": ") && (!first || rest.size() > first->text.size()))
      first = Message{severity, rest.trim()};
  }
  return first;
}

namespace {
class ReportParser final {
public:
  llvm::Expected<PtxasReport> parse(StringRef output);

private:
  void parseLine(StringRef line);
  void parseMessage(const Message &message);
  /// Takes `properties` if all of its parts are known, as in "0 bytes stack
  /// frame".
  bool parseSpills(StringRef properties);
  bool parseUsage(StringRef usage);
  FunctionReport &select(StringRef name);

  PtxasReport report;
  /// The function that the lines are about: an index, for `functions` grows.
  size_t current = 0;
  std::vector<std::string> withSpills, withUsage;
};
} // namespace

/// The text between the last `function '` and its quote, or nothing.
static StringRef getQuotedFunction(StringRef text) {
  size_t start = text.rfind("function '");
  if (start == StringRef::npos)
    return "";
  return text.substr(start).split('\'').second.split('\'').first;
}

FunctionReport &ReportParser::select(StringRef name) {
  auto found = llvm::find_if(report.functions, [&](const FunctionReport &function) {
    return function.name == name;
  });
  current = found - report.functions.begin();
  if (found == report.functions.end())
    report.functions.emplace_back().name = name.str();
  return report.functions[current];
}

bool ReportParser::parseSpills(StringRef properties) {
  llvm::SmallVector<StringRef> parts;
  properties.trim().split(parts, ", ");
  if (parts.size() != 3 || report.functions.empty())
    return false;
  FunctionReport &function = report.functions[current];
  auto take = [](StringRef part, StringRef unit, int64_t &value) {
    return !part.consumeInteger(10, value) && part == unit;
  };
  return take(parts[0], " bytes stack frame", function.stackBytes) &&
         take(parts[1], " bytes spill stores", function.spillStoreBytes) &&
         take(parts[2], " bytes spill loads", function.spillLoadBytes);
}

/// The parts of a line "Used ..." but for registers appear where they are not
/// 0; cmem and others are skipped.
bool ReportParser::parseUsage(StringRef usage) {
  if (report.functions.empty())
    return false;
  FunctionReport &function = report.functions[current];
  bool hasRegisters = false;
  llvm::SmallVector<StringRef> parts;
  usage.split(parts, ", ");
  for (StringRef part : parts) {
    part.consume_front("used ");
    int64_t value = 0;
    if (part.consumeInteger(10, value))
      continue;
    if (part == " registers") {
      function.registers = value;
      hasRegisters = true;
    } else if (part == " barriers") {
      function.barriers = value;
    } else if (part == " bytes smem") {
      function.staticSharedBytes = value;
    }
  }
  return hasRegisters;
}

void ReportParser::parseMessage(const Message &message) {
  PtxasAdvisory advisory;
  StringRef text = message.text, rest = text;
  if (rest.consume_front("(C") && !rest.consumeInteger(10, advisory.code) &&
      rest.consume_front(") "))
    advisory.text = rest.str();
  else if (message.severity == Severity::Warning)
    advisory = {0, "", text.str()};
  if (!advisory.text.empty()) {
    advisory.function = getQuotedFunction(text).str();
    report.advisories.push_back(advisory);
  } else if (text.consume_front("Compiling entry function '")) {
    auto [name, target] = text.split("' for '");
    FunctionReport &function = select(name);
    function.isKernel = true;
    function.target = target.split('\'').first.str();
  } else if (text.consume_front("Function properties for ")) {
    select(text.trim());
  } else if (text.consume_front("Used ")) {
    if (parseUsage(text))
      withUsage.push_back(report.functions[current].name);
  }
}

void ReportParser::parseLine(StringRef line) {
  std::optional<Message> message = readMessage(line);
  if (message && message->severity != Severity::Error)
    parseMessage(*message);
  else if (!message && parseSpills(line))
    withSpills.push_back(report.functions[current].name);
}

llvm::Expected<PtxasReport> ReportParser::parse(StringRef output) {
  for (StringRef line : llvm::split(output, '\n'))
    parseLine(line);
  for (const FunctionReport &function : report.functions) {
    bool hasSpills = llvm::is_contained(withSpills, function.name);
    if (hasSpills &&
        (!function.isKernel || llvm::is_contained(withUsage, function.name)))
      continue;
    return llvm::createStringError(
        "expected ptxas -v to print the " +
        llvm::Twine(hasSpills ? "registers" : "spills") + " of '" + function.name +
        "', got none: Fovea reads the output of CUDA " +
        getOldestToolkit().getAsString() + " to " + getNewestToolkit().getAsString());
  }
  return std::move(report);
}

llvm::Expected<PtxasReport> fovea::parsePtxasReport(StringRef output) {
  return ReportParser().parse(output);
}

std::string fovea::getPtxasErrors(StringRef output) {
  std::string errors;
  for (StringRef line : llvm::split(output, '\n'))
    if (std::optional<Message> message = readMessage(line))
      if (message->severity == Severity::Error)
        errors += "\n  " + line.rtrim().str();
  return errors;
}

bool fovea::isResourceRefusal(StringRef errors) {
  static constexpr StringLiteral words[] = {
      " uses too much ",         "requires more registers",
      "Insufficient registers",  "too many active live ranges",
      "register limit exceeded", "exceeds specified max reg"};
  return llvm::any_of(words, [&](StringRef word) { return errors.contains(word); });
}

void fovea::printPtxasReport(const PtxasReport &report, llvm::raw_ostream &stream) {
  for (const FunctionReport &function : report.functions) {
    stream << (function.isKernel ? "kernel " : "function ") << function.name << ": ";
    if (function.isKernel) {
      stream << function.registers << " registers, ";
      if (function.barriers)
        stream << *function.barriers << " barriers, ";
      stream << function.staticSharedBytes << " B shared, ";
    }
    stream << llvm::formatv("{0} B stack, {1} B spill stores, {2} B spill loads\n",
                            function.stackBytes, function.spillStoreBytes,
                            function.spillLoadBytes);
  }
  for (const PtxasAdvisory &advisory : report.advisories) {
    stream << "advisory ";
    if (advisory.code)
      stream << 'C' << advisory.code << ": ";
    stream << advisory.text << '\n';
  }
}
