//===- FuzzJson.cpp - libFuzzer on the runtime's JSON reader --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Json.h"

#include <cstdlib>

using namespace fovea::rt;

/// Every key of every object is found where it was read.
static void visit(const JsonValue &value) {
  if (value.kind == JsonValue::Kind::Object &&
      value.keys.size() != value.elements.size())
    std::abort();
  for (size_t i = 0; i < value.elements.size(); ++i) {
    if (i < value.keys.size() && i < 100 &&
        value.find(value.keys[i]) != &value.elements[i])
      std::abort();
    visit(value.elements[i]);
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  JsonValue value;
  std::string_view text(reinterpret_cast<const char *>(data), size);
  if (!readJson(text, value).failed())
    visit(value);
  return 0;
}
