//===- Manifest.cpp - what a bundle says of itself ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CodeTable.h"
#include "fovea/Target/Bundle/Bundle.h"
#include "fovea/Target/Entry/EntryJson.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace fovea;

namespace {

/// Writes the keys of every object in the order of docs/bundle.md.
class ManifestWriter final {
public:
  ManifestWriter(const Bundle &bundle, llvm::raw_ostream &stream)
      : bundle(bundle), code(bundle), json(stream, /*IndentSize=*/1) {}

  void write();

private:
  void writeCode(const CodeTable::Entry &entry);
  void writeBlob(const CodeTable::Blob &blob);
  void writeKernel(size_t number);
  void writeParam(tile::KernelParamInterface param);
  void writeEntry(const LaunchProgram &entry);
  void writeValue(const HostValue &value);
  void writeWorkspace(const Workspace &workspace);
  void writeLaunch(const Launch &launch);
  void writeSize(const HostSize &size);
  /// `{"key": number}`.
  void writeReference(llvm::StringRef key, int64_t number) {
    json.object([&] { json.attribute(key, number); });
  }
  /// `"key": [...]`, one call of `write` per element.
  template <typename Range, typename Write>
  void writeArray(llvm::StringRef key, const Range &range, Write write) {
    json.attributeArray(key, [&] {
      for (const auto &element : range)
        write(element);
    });
  }
  void writeNumbers(llvm::StringRef key, llvm::ArrayRef<int64_t> numbers) {
    writeArray(key, numbers, [&](int64_t number) { json.value(number); });
  }

  const Bundle &bundle;
  CodeTable code;
  llvm::json::OStream json;
};

} // namespace

void ManifestWriter::writeBlob(const CodeTable::Blob &blob) {
  json.attribute("sha256", blob.sha256);
  json.attribute("offset", blob.offset);
  json.attribute("bytes", int64_t(blob.bytes.size()));
}

void ManifestWriter::writeCode(const CodeTable::Entry &entry) {
  json.object([&] {
    writeBlob(entry.cubin);
    if (entry.ptx)
      json.attributeObject("ptx", [&] { writeBlob(*entry.ptx); });
  });
}

/// As for all closed sets, a kind without a case ends the compiler.
void ManifestWriter::writeParam(tile::KernelParamInterface param) {
  json.object([&] {
    json.attribute("kind", param.getKeyword());
    llvm::TypeSwitch<mlir::Attribute>(param)
        .Case([&](tile::PointerAttr pointer) {
          json.attribute("argument", pointer.getArgument());
          if (pointer.getReadOnly())
            json.attribute("read_only", true);
        })
        .Case([&](tile::SizeAttr size) {
          json.attribute("argument", size.getArgument());
          json.attribute("axis", size.getAxis());
        })
        .Case([&](tile::ScalarAttr scalar) {
          json.attribute("argument", scalar.getArgument());
          json.attribute("type", llvm::formatv("{0}", scalar.getType()).str());
        })
        .Case([&](tile::ProgramsAttr programs) {
          json.attribute("axis", programs.getAxis());
        })
        .Case([&](tile::TensorMapAttr map) {
          json.attribute("argument", map.getArgument());
          writeNumbers("box", map.getBox());
          json.attribute("swizzle", map.getSwizzle());
        })
        .DefaultUnreachable("all kinds are written");
  });
}

void ManifestWriter::writeKernel(size_t number) {
  const CompiledKernel &kernel = bundle.kernels[number];
  const FunctionReport *usage = kernel.getUsage();
  json.object([&] {
    json.attribute("name", kernel.name);
    json.attribute("symbol", kernel.symbol);
    json.attribute("cubin", code.getIndex(number));
    json.attribute("threads", kernel.abi.getThreads());
    json.attribute("shared_bytes", kernel.abi.getSharedBytes());
    json.attribute("registers", usage ? usage->registers : 0);
    writeArray("params",
               kernel.abi.getParams().getAsRange<tile::KernelParamInterface>(),
               [&](tile::KernelParamInterface param) { writeParam(param); });
  });
}

void ManifestWriter::writeValue(const HostValue &value) {
  json.array([&] {
    json.value(value.op);
    for (int64_t operand : value.operands)
      json.value(operand);
  });
}

void ManifestWriter::writeSize(const HostSize &size) {
  if (auto *value = std::get_if<ValueNumber>(&size))
    writeReference("value", value->number);
  else
    json.value(std::get<int64_t>(size));
}

void ManifestWriter::writeWorkspace(const Workspace &workspace) {
  json.object([&] {
    json.attribute("type", fovea::getName(workspace.type));
    writeArray("shape", workspace.shape,
               [&](const HostSize &size) { writeSize(size); });
    json.attribute("first", workspace.first);
    json.attribute("last", workspace.last);
  });
}

static llvm::StringRef getName(LaunchArgumentKind kind) {
  switch (kind) {
  case LaunchArgumentKind::Argument:
    return "argument";
  case LaunchArgumentKind::Workspace:
    return "workspace";
  case LaunchArgumentKind::Value:
    return "value";
  case LaunchArgumentKind::Report:
    return "report";
  }
  llvm_unreachable("all kinds have a name");
}

void ManifestWriter::writeLaunch(const Launch &launch) {
  auto kernel = llvm::find_if(
      bundle.kernels, [&](const CompiledKernel &k) { return k.name == launch.kernel; });
  json.object([&] {
    json.attribute("kernel", int64_t(kernel - bundle.kernels.begin()));
    writeArray("grid", launch.grid, [&](const HostSize &size) { writeSize(size); });
    writeArray("arguments", launch.arguments, [&](const LaunchArgument &argument) {
      writeReference(getName(argument.kind), argument.number);
    });
  });
}

void ManifestWriter::writeEntry(const LaunchProgram &entry) {
  json.object([&] {
    writeSignature(entry.signature, json);
    writeArray("values", entry.values,
               [&](const HostValue &value) { writeValue(value); });
    writeArray("workspace", entry.workspace,
               [&](const Workspace &workspace) { writeWorkspace(workspace); });
    writeArray("launches", entry.launches,
               [&](const Launch &launch) { writeLaunch(launch); });
    writeArray("checks", entry.checks,
               [&](const Launch &check) { writeLaunch(check); });
  });
}

void ManifestWriter::write() {
  json.object([&] {
    json.attribute("format", 2);
    json.attribute("producer", "fovea " FOVEA_VERSION);
    json.attribute("target", bundle.target);
    writeArray("cubins", code.getEntries(),
               [&](const CodeTable::Entry &entry) { writeCode(entry); });
    writeArray("kernels", llvm::seq<size_t>(0, bundle.kernels.size()),
               [&](size_t number) { writeKernel(number); });
    writeArray("entries", bundle.entries,
               [&](const LaunchProgram &entry) { writeEntry(entry); });
  });
}

void fovea::writeManifest(const Bundle &bundle, llvm::raw_ostream &stream) {
  ManifestWriter(bundle, stream).write();
}
