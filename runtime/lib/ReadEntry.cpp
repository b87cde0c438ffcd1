//===- ReadEntry.cpp - An entry of the manifest ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ReadBundle.h"

#include <charconv>

using namespace fovea::rt;

static const ElementTypeInfo *readType(const ManifestField &field) {
  std::string name = field.getString();
  const ElementTypeInfo *type = findElementType(std::string_view(name));
  if (!type)
    field.fail("expected bf16, f16, f32, i32 or i64, got \"" + name + "\"");
  return type;
}

/// "static", "tokens", ..., or "tokens / 16", or that of keys.
static void readRows(const ManifestField &field, Argument &argument) {
  std::string text = field.getString();
  std::string tokens = text.compare(0, 4, "key_") == 0 ? "key_tokens" : "tokens";
  std::string divided = tokens + " / ";
  if (text.compare(0, divided.size(), divided) != 0) {
    static_assert(FOVEA_ROWS_PAGES == 6, "in the order of the texts");
    argument.rows = static_cast<fovea_rows_t>(
        field.getChoice({"static", "tokens", "sequence_ends", "sequences", "key_tokens",
                         "key_sequence_ends", "pages"}));
    return;
  }
  argument.rows = tokens == "tokens" ? FOVEA_ROWS_TOKENS : FOVEA_ROWS_KEY_TOKENS;
  const char *end = text.data() + text.size();
  auto [rest, error] =
      std::from_chars(text.data() + divided.size(), end, argument.tokensPerRow);
  if (error != std::errc() || rest != end || argument.tokensPerRow < 2) {
    argument.tokensPerRow = 1;
    field.fail("expected " + divided + "a number of at least 2, got \"" + text + "\"");
  }
}

static Argument readArgument(const ManifestField &field) {
  Argument argument;
  argument.name = field["name"].getString();
  argument.type = readType(field["type"]);
  readRows(field["rows"], argument);
  argument.output = field["output"].getBoolean();
  std::vector<ManifestField> sizes = field["shape"].getElements();
  uint32_t minRank = argument.rows == FOVEA_ROWS_STATIC ? 0 : 1;
  if (sizes.size() < minRank || sizes.size() > maxRank) {
    field["shape"].fail(
        format("expected %u to %u sizes, got %zu", minRank, maxRank, sizes.size()));
    return argument;
  }
  for (const ManifestField &size : sizes)
    argument.shape.sizes[argument.shape.rank++] =
        size.getInteger(dynamicSize, INT64_MAX);
  return argument;
}

static Value readValue(const ManifestField &field, const Entry &entry) {
  static_assert(static_cast<int>(Value::Kind::MaxS) == 7, "in the order of the names");
  Value value;
  value.kind = static_cast<Value::Kind>(field[0].getChoice(
      {"dim", "const", "addi", "subi", "muli", "divui", "minsi", "maxsi"}));
  size_t count = value.kind == Value::Kind::Const ? 2 : 3;
  if (size_t got = field.getElements().size(); !field.failed() && got != count)
    field.fail(format("expected %zu elements, got %zu", count, got));
  if (field.failed())
    return value;
  if (value.kind == Value::Kind::Const) {
    value.constant = field[1].getInteger();
  } else if (value.kind == Value::Kind::Dim) {
    value.operands[0] = field[1].getIndex(entry.arguments.size(), "arguments");
    if (!field.failed())
      value.operands[1] =
          field[2].getIndex(entry.arguments[value.operands[0]].shape.rank, "axes");
  } else {
    for (size_t i = 0; i < 2; ++i)
      value.operands[i] = field[i + 1].getIndex(entry.values.size(), "earlier values");
  }
  return value;
}

static std::vector<Size> readSizes(const ManifestField &field, const Entry &entry) {
  std::vector<Size> sizes;
  for (const ManifestField &element : field.getElements()) {
    Size size;
    size.isValue = !element.isInteger();
    if (size.isValue)
      size.value = element["value"].getIndex(entry.values.size(), "values");
    else
      size.constant = element.getInteger(0, INT64_MAX);
    sizes.push_back(size);
  }
  return sizes;
}

static Workspace readWorkspace(const ManifestField &field, const Entry &entry,
                               size_t launchCount) {
  Workspace workspace;
  workspace.type = readType(field["type"]);
  workspace.shape = readSizes(field["shape"], entry);
  workspace.first = field["first"].getIndex(launchCount, "launches");
  workspace.last = field["last"].getIndex(launchCount, "launches");
  if (workspace.shape.size() > maxRank)
    field["shape"].fail(
        format("expected at most %u sizes, got %zu", maxRank, workspace.shape.size()));
  if (workspace.first > workspace.last)
    field["last"].fail(format("expected at least the first launch, %u, got %u",
                              workspace.first, workspace.last));
  return workspace;
}

static Operand readOperand(const ManifestField &field, const Entry &entry,
                           uint32_t launch) {
  Operand operand;
  if (field.has("argument")) {
    operand.kind = Operand::Kind::Argument;
    operand.number = field["argument"].getIndex(entry.arguments.size(), "arguments");
  } else if (field.has("workspace")) {
    operand.kind = Operand::Kind::Workspace;
    operand.number =
        field["workspace"].getIndex(entry.workspace.size(), "intermediates");
    if (field.failed())
      return operand;
    const Workspace &workspace = entry.workspace[operand.number];
    if (launch < workspace.first || launch > workspace.last)
      field.fail(format("expected a use in the intermediate's life, launches %u to %u, "
                        "got launch %u",
                        workspace.first, workspace.last, launch));
  } else if (field.has("value")) {
    operand.kind = Operand::Kind::Value;
    operand.number = field["value"].getIndex(entry.values.size(), "values");
  } else {
    field.fail("expected a key \"argument\", \"workspace\" or \"value\", got none");
  }
  return operand;
}

namespace {
/// What a launch's operand is, where it is an array.
struct ArrayKind {
  const ElementTypeInfo *type;
  uint32_t rank;
};
} // namespace

static ArrayKind getArrayKind(const Operand &operand, const Entry &entry) {
  if (operand.kind == Operand::Kind::Argument) {
    const Argument &argument = entry.arguments[operand.number];
    return {argument.type, argument.shape.rank};
  }
  const Workspace &workspace = entry.workspace[operand.number];
  return {workspace.type, static_cast<uint32_t>(workspace.shape.size())};
}

/// What the driver would refuse, or the hardware ignore, of a tensor map.
static void checkTensorMap(const ManifestField &field, const Param &param,
                           const ArrayKind &array) {
  if (param.boxRank != array.rank) {
    field.fail(format("expected a box of the array's rank, %u, got %u", array.rank,
                      param.boxRank));
    return;
  }
  uint32_t rowBytes = param.box[0] * array.type->bytes;
  if (rowBytes % 16 != 0)
    field.fail(format("expected a box whose rows are a multiple of 16 bytes, got %u",
                      rowBytes));
  if (param.swizzleBytes != 0 && rowBytes > param.swizzleBytes)
    field.fail(format("expected a box whose rows are at most the swizzle's %u bytes, "
                      "got %u",
                      param.swizzleBytes, rowBytes));
}

/// Whether a kernel's parameter can be made of the launch's operands.
static void checkParam(const ManifestField &field, const Param &param,
                       const Launch &launch, const Entry &entry) {
  if (param.kind == Param::Kind::Programs)
    return;
  if (param.argument >= launch.operands.size()) {
    field.fail(format("expected argument %u, which the kernel has a parameter of, got "
                      "%zu arguments",
                      param.argument, launch.operands.size()));
    return;
  }
  const ManifestField place = field[param.argument];
  const Operand &operand = launch.operands[param.argument];
  bool isValue = operand.kind == Operand::Kind::Value;
  if (isValue != (param.kind == Param::Kind::Scalar)) {
    place.fail(isValue ? "expected an array, got a value"
                       : "expected a value, got an array");
    return;
  }
  if (isValue)
    return;
  if (operand.kind == Operand::Kind::Report) {
    if (param.kind != Param::Kind::Pointer)
      place.fail("expected an array, got an element of the report, which has an "
                 "address only");
    return;
  }
  ArrayKind array = getArrayKind(operand, entry);
  if (param.kind == Param::Kind::Size && param.axis >= array.rank)
    place.fail(
        format("expected an array with axis %u, got rank %u", param.axis, array.rank));
  if (param.kind == Param::Kind::TensorMap)
    checkTensorMap(place, param, array);
}

static void readKernelAndGrid(const ManifestField &field, const Entry &entry,
                              const std::vector<Kernel> &kernels, Launch &launch) {
  launch.kernel = field["kernel"].getIndex(kernels.size(), "kernels");
  launch.grid = readSizes(field["grid"], entry);
  if (!field.failed() && (launch.grid.empty() || launch.grid.size() > maxGridRank))
    field["grid"].fail(
        format("expected 1 to %u sizes, got %zu", maxGridRank, launch.grid.size()));
}

static void checkParams(const ManifestField &field, const Entry &entry,
                        const std::vector<Kernel> &kernels, const Launch &launch) {
  if (field.failed())
    return;
  const ManifestField arguments = field["arguments"];
  for (const Param &param : kernels[launch.kernel].params)
    if (!field.failed())
      checkParam(arguments, param, launch, entry);
}

static Launch readLaunch(const ManifestField &field, const Entry &entry,
                         const std::vector<Kernel> &kernels) {
  Launch launch;
  readKernelAndGrid(field, entry, kernels, launch);
  for (const ManifestField &operand : field["arguments"].getElements())
    launch.operands.push_back(readOperand(operand, entry, entry.launches.size()));
  checkParams(field, entry, kernels, launch);
  return launch;
}

/// What a check passes: the argument that it is about, the number of tokens, and where
/// its report goes.
static Check readCheck(const ManifestField &field, const Entry &entry,
                       const std::vector<Kernel> &kernels, size_t checkCount) {
  Check check;
  readKernelAndGrid(field, entry, kernels, check.launch);
  // The report must be written whatever the shapes are.
  for (size_t i = 0; i < check.launch.grid.size(); ++i)
    if (const Size &size = check.launch.grid[i]; size.isValue || size.constant < 1)
      field["grid"][i].fail("expected a number of at least 1, got another size");
  const ManifestField operands = field["arguments"];
  if (size_t got = operands.getElements().size(); !field.failed() && got != 3)
    operands.fail(
        format("expected an argument, a value and a report, got %zu elements", got));
  check.argument =
      operands[0]["argument"].getIndex(entry.arguments.size(), "arguments");
  check.tokens = operands[1]["value"].getIndex(entry.values.size(), "values");
  check.report = operands[2]["report"].getIndex(checkCount, "reports");
  if (field.failed())
    return check;
  const Argument &argument = entry.arguments[check.argument];
  if (argument.type->type != FOVEA_I32 || argument.shape.rank != 1)
    operands[0].fail("expected offsets, of type i32 and rank 1, got '" + argument.name +
                     "'");
  for (const Check &other : entry.checks)
    if (other.report == check.report)
      operands[2].fail(
          format("expected a report of its own, got %u twice", check.report));
  check.launch.operands = {{Operand::Kind::Argument, check.argument},
                           {Operand::Kind::Value, check.tokens},
                           {Operand::Kind::Report, check.report}};
  checkParams(field, entry, kernels, check.launch);
  return check;
}

Entry fovea::rt::readEntry(const ManifestField &field,
                           const std::vector<Kernel> &kernels) {
  Entry entry;
  entry.name = field["name"].getString();
  if (field.has("most_tokens"))
    entry.mostTokens = field["most_tokens"].getInteger(1, INT32_MAX);
  for (const ManifestField &argument : field["arguments"].getElements())
    entry.arguments.push_back(readArgument(argument));
  for (const ManifestField &value : field["values"].getElements())
    entry.values.push_back(readValue(value, entry));
  std::vector<ManifestField> launches = field["launches"].getElements();
  for (const ManifestField &workspace : field["workspace"].getElements())
    entry.workspace.push_back(readWorkspace(workspace, entry, launches.size()));
  for (const ManifestField &launch : launches)
    entry.launches.push_back(readLaunch(launch, entry, kernels));
  entry.hasChecks = field.has("checks");
  if (!entry.hasChecks)
    return entry;
  std::vector<ManifestField> checks = field["checks"].getElements();
  for (const ManifestField &check : checks)
    entry.checks.push_back(readCheck(check, entry, kernels, checks.size()));
  return entry;
}
