//===- Json.cpp - A small, strict JSON reader -----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Json.h"
#include "CheckedMath.h"

#include <algorithm>
#include <set>

using namespace fovea::rt;

const char *JsonValue::getKindName(Kind kind) {
  switch (kind) {
  case Kind::Null:
    return "null";
  case Kind::Boolean:
    return "a boolean";
  case Kind::Integer:
    return "an integer";
  case Kind::Real:
    return "a real number";
  case Kind::String:
    return "a string";
  case Kind::Array:
    return "an array";
  case Kind::Object:
    return "an object";
  }
  return "nothing";
}

const JsonValue *JsonValue::find(std::string_view key) const {
  auto it = std::find(keys.begin(), keys.end(), key);
  return it == keys.end() ? nullptr : &elements[it - keys.begin()];
}

namespace {

/// How many bytes the valid UTF-8 sequence at the start of `text` takes; 0 where it is
/// none: a stray or missing continuation, an overlong form, a surrogate.
size_t getUtf8Length(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  if (lead < 0x80)
    return 1;
  size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length)
    return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  bool outOfRange =
      (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F) ||
      (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F);
  return outOfRange ? 0 : length;
}

void appendUtf8(uint32_t code, std::string &text) {
  if (code < 0x80) {
    text += static_cast<char>(code);
    return;
  }
  unsigned continuations = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr unsigned leads[] = {0, 0xC0, 0xE0, 0xF0};
  text += static_cast<char>(leads[continuations] | (code >> (6 * continuations)));
  while (continuations-- > 0)
    text += static_cast<char>(0x80 | ((code >> (6 * continuations)) & 0x3F));
}

/// A recursive descent over the text; `position` is the next byte to read.
class Reader {
public:
  explicit Reader(std::string_view text) : text(text) {}

  Status readAll(JsonValue &value) {
    if (Status status = readValue(value, 0); status.failed())
      return status;
    skipBlanks();
    return position == text.size() ? Status() : expected("the end");
  }

private:
  Status readValue(JsonValue &value, unsigned depth);
  Status readArray(JsonValue &value, unsigned depth);
  Status readObject(JsonValue &value, unsigned depth);
  Status readNumber(JsonValue &value);
  Status readString(std::string &string);
  Status readEscape(std::string &string);
  Status readHex(uint32_t &code);
  Status readWord(std::string_view word);

  void skipBlanks() {
    while (position < text.size() &&
           std::string_view(" \t\n\r").find(text[position]) != std::string_view::npos)
      ++position;
  }
  bool take(char c) {
    if (position == text.size() || text[position] != c)
      return false;
    ++position;
    return true;
  }
  bool isDigit() const {
    return position < text.size() && text[position] >= '0' && text[position] <= '9';
  }
  bool takeDigits() {
    size_t start = position;
    while (isDigit())
      ++position;
    return position > start;
  }

  Status fail(size_t where, const std::string &what) const {
    return invalidBundle(format("byte %zu: ", where) + what);
  }
  Status expected(const char *what) const {
    if (position == text.size())
      return fail(position, std::string("expected ") + what + ", got the end");
    unsigned char c = text[position];
    bool printable = c >= 0x20 && c < 0x7F;
    return fail(position, format(printable ? "expected %s, got '%c'"
                                           : "expected %s, got byte 0x%02x",
                                 what, c));
  }

  std::string_view text;
  size_t position = 0;
};

} // namespace

Status Reader::readValue(JsonValue &value, unsigned depth) {
  if (depth == maxJsonDepth)
    return fail(position, format("expected at most %u levels of nesting, got more",
                                 maxJsonDepth));
  skipBlanks();
  char c = position < text.size() ? text[position] : '\0';
  switch (c) {
  case '{':
    return readObject(value, depth);
  case '[':
    return readArray(value, depth);
  case '"':
    value.kind = JsonValue::Kind::String;
    return readString(value.string);
  case 't':
  case 'f':
    value.kind = JsonValue::Kind::Boolean;
    value.boolean = c == 't';
    return readWord(value.boolean ? "true" : "false");
  case 'n':
    return readWord("null");
  default:
    return c == '-' || isDigit() ? readNumber(value) : expected("a value");
  }
}

Status Reader::readArray(JsonValue &value, unsigned depth) {
  value.kind = JsonValue::Kind::Array;
  ++position;
  skipBlanks();
  if (take(']'))
    return {};
  while (true) {
    if (Status status = readValue(value.elements.emplace_back(), depth + 1);
        status.failed())
      return status;
    skipBlanks();
    if (take(']'))
      return {};
    if (!take(','))
      return expected("',' or ']'");
  }
}

Status Reader::readObject(JsonValue &value, unsigned depth) {
  value.kind = JsonValue::Kind::Object;
  ++position;
  skipBlanks();
  if (take('}'))
    return {};
  std::set<std::string> known; // a search of `keys` would take quadratic time
  while (true) {
    skipBlanks();
    size_t start = position;
    std::string key;
    if (position == text.size() || text[position] != '"')
      return expected("a key");
    if (Status status = readString(key); status.failed())
      return status;
    if (!known.insert(key).second)
      return fail(start, "expected distinct keys, got \"" + key + "\" twice");
    skipBlanks();
    if (!take(':'))
      return expected("':'");
    value.keys.push_back(std::move(key));
    if (Status status = readValue(value.elements.emplace_back(), depth + 1);
        status.failed())
      return status;
    skipBlanks();
    if (take('}'))
      return {};
    if (!take(','))
      return expected("',' or '}'");
  }
}

Status Reader::readNumber(JsonValue &value) {
  size_t start = position;
  bool negative = take('-');
  bool fits = true;
  value.kind = JsonValue::Kind::Integer;
  if (!isDigit())
    return expected("a digit");
  if (!take('0')) {
    for (; isDigit(); ++position) {
      int64_t digit = text[position] - '0';
      fits = fits && checkedMul(value.integer, 10, value.integer) &&
             checkedAdd(value.integer, negative ? -digit : digit, value.integer);
    }
  }
  if (take('.')) {
    value.kind = JsonValue::Kind::Real;
    if (!takeDigits())
      return expected("a digit");
  }
  if (take('e') || take('E')) {
    value.kind = JsonValue::Kind::Real;
    if (!take('-'))
      take('+');
    if (!takeDigits())
      return expected("a digit");
  }
  if (value.kind == JsonValue::Kind::Integer && !fits)
    return fail(start, "expected an integer of 64 bits, got " +
                           std::string(text.substr(start, position - start)));
  if (value.kind == JsonValue::Kind::Real)
    value.string = text.substr(start, position - start);
  return {};
}

Status Reader::readString(std::string &string) {
  ++position;
  while (position < text.size()) {
    unsigned char c = text[position];
    if (take('"'))
      return {};
    if (c == '\\') {
      if (Status status = readEscape(string); status.failed())
        return status;
      continue;
    }
    if (c < 0x20)
      return expected("an escape for a control character");
    size_t length = getUtf8Length(text.substr(position));
    if (length == 0)
      return expected("UTF-8");
    string.append(text, position, length);
    position += length;
  }
  return expected("'\"'");
}

Status Reader::readEscape(std::string &string) {
  ++position;
  constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
  char c = position < text.size() ? text[position] : '\0';
  if (size_t i = names.find(c); i != std::string_view::npos) {
    string += meanings[i];
    ++position;
    return {};
  }
  if (!take('u'))
    return expected("an escape");
  size_t start = position;
  uint32_t code = 0, low = 0;
  if (Status status = readHex(code); status.failed())
    return status;
  if (code >= 0xD800 && code < 0xDC00) {
    if (!take('\\') || !take('u'))
      return expected("the second half of a surrogate pair");
    if (Status status = readHex(low); status.failed())
      return status;
    if (low < 0xDC00 || low > 0xDFFF)
      return fail(start, "expected a surrogate pair, got its first half only");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  } else if (code >= 0xDC00 && code <= 0xDFFF) {
    return fail(start, "expected a surrogate pair, got its second half only");
  }
  appendUtf8(code, string);
  return {};
}

Status Reader::readHex(uint32_t &code) {
  code = 0;
  for (int i = 0; i < 4; ++i, ++position) {
    char c = position < text.size() ? text[position] : '\0';
    if (c >= '0' && c <= '9')
      code = code * 16 + (c - '0');
    else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
      code = code * 16 + ((c | 0x20) - 'a' + 10);
    else
      return expected("a hexadecimal digit");
  }
  return {};
}

Status Reader::readWord(std::string_view word) {
  for (char c : word)
    if (!take(c))
      return expected(std::string(word).c_str());
  return {};
}

Status fovea::rt::readJson(std::string_view text, JsonValue &value) {
  value = JsonValue();
  return Reader(text).readAll(value);
}
