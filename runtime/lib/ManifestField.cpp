//===- ManifestField.cpp - A place in a manifest --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ManifestField.h"

using namespace fovea::rt;

// What a field reads as once something has failed.
static const JsonValue nothing = {};

ManifestField ManifestField::operator[](std::string_view key) const {
  std::string keyPath = path.empty() ? std::string(key) : path + "." + std::string(key);
  const JsonValue *found = check(JsonValue::Kind::Object) ? value->find(key) : nullptr;
  if (!found)
    fail("expected a key \"" + std::string(key) + "\", got none");
  return {found ? *found : nothing, *status, std::move(keyPath)};
}

ManifestField ManifestField::operator[](size_t i) const {
  bool there = check(JsonValue::Kind::Array) && i < value->elements.size();
  if (!there)
    fail(format("expected at least %zu elements, got %zu", i + 1,
                value->elements.size()));
  return {there ? value->elements[i] : nothing, *status, path + format("[%zu]", i)};
}

bool ManifestField::has(std::string_view key) const {
  return check(JsonValue::Kind::Object) && value->find(key);
}

std::vector<ManifestField> ManifestField::getElements() const {
  std::vector<ManifestField> elements;
  if (!check(JsonValue::Kind::Array))
    return elements;
  for (size_t i = 0; i < value->elements.size(); ++i)
    elements.push_back((*this)[i]);
  return elements;
}

std::string ManifestField::getString() const {
  if (!check(JsonValue::Kind::String))
    return {};
  if (value->string.find('\0') != std::string::npos)
    fail("expected a string without NUL");
  return value->string;
}

bool ManifestField::getBoolean() const {
  return check(JsonValue::Kind::Boolean) && value->boolean;
}

int64_t ManifestField::getInteger() const {
  return check(JsonValue::Kind::Integer) ? value->integer : 0;
}

int64_t ManifestField::getInteger(int64_t low, int64_t high) const {
  int64_t integer = getInteger();
  if (!failed() && integer >= low && integer <= high)
    return integer;
  fail(format("expected %lld to %lld, got %lld", static_cast<long long>(low),
              static_cast<long long>(high), static_cast<long long>(integer)));
  return low;
}

uint32_t ManifestField::getIndex(size_t count, const char *what) const {
  int64_t index = getInteger();
  if (!failed() && index >= 0 && static_cast<uint64_t>(index) < count &&
      index <= UINT32_MAX)
    return static_cast<uint32_t>(index);
  fail(format("expected the number of one of %zu %s, got %lld", count, what,
              static_cast<long long>(index)));
  return 0;
}

size_t ManifestField::getChoice(std::initializer_list<const char *> names) const {
  std::string got = getString(), list;
  size_t i = 0;
  for (const char *name : names) {
    if (got == name)
      return i;
    list += (i++ ? ", " : "") + std::string(name);
  }
  fail("expected one of " + list + "; got \"" + got + "\"");
  return 0;
}

void ManifestField::fail(const std::string &text) const {
  if (!status->failed())
    *status = invalidBundle(path.empty() ? text : path + ": " + text);
}

bool ManifestField::check(JsonValue::Kind kind) const {
  if (failed())
    return false;
  if (value->kind == kind)
    return true;
  fail(std::string("expected ") + JsonValue::getKindName(kind) + ", got " +
       JsonValue::getKindName(value->kind));
  return false;
}
