//===- EntryJson.cpp - entries as JSON ------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Entry/EntryJson.h"

#include "llvm/Support/JSON.h"

using namespace fovea;

static void writeArgument(const EntryArgument &argument, llvm::json::OStream &json) {
  json.object([&] {
    json.attribute("name", argument.name);
    json.attribute("type", fovea::getName(argument.type));
    json.attribute("rows", toString(argument.rows));
    json.attributeArray("shape", [&] {
      for (int64_t size : argument.shape)
        json.value(size);
    });
    json.attribute("output", argument.isOutput);
  });
}

void fovea::writeSignature(const EntrySignature &entry, llvm::json::OStream &json) {
  json.attribute("name", entry.name);
  if (entry.mostTokens < kMaxSize)
    json.attribute("most_tokens", entry.mostTokens);
  json.attributeArray("arguments", [&] {
    for (const EntryArgument &argument : entry.arguments)
      writeArgument(argument, json);
  });
}
