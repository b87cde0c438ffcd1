//===- JsonTest.cpp - What the JSON reader takes and refuses --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Json.h"

#include "gtest/gtest.h"

using namespace fovea::rt;

namespace {

JsonValue read(std::string_view text) {
  JsonValue value;
  Status status = readJson(text, value);
  EXPECT_FALSE(status.failed()) << text << ": " << status.getText();
  return value;
}

std::string complaint(std::string_view text) {
  JsonValue value;
  Status status = readJson(text, value);
  EXPECT_EQ(status.getCode(), FOVEA_INVALID_BUNDLE) << text;
  return status.getText();
}

} // namespace

TEST(Json, values) {
  EXPECT_EQ(read("null").kind, JsonValue::Kind::Null);
  EXPECT_TRUE(read("true").boolean);
  EXPECT_FALSE(read("false").boolean);
  EXPECT_EQ(read(" -12\n").integer, -12);
  EXPECT_EQ(read("0").integer, 0);
  EXPECT_EQ(read("-0").kind, JsonValue::Kind::Integer);
  EXPECT_EQ(read("9223372036854775807").integer, INT64_MAX);
  EXPECT_EQ(read("-9223372036854775808").integer, INT64_MIN);
  EXPECT_EQ(read("1.5e-3").kind, JsonValue::Kind::Real);
  EXPECT_EQ(read("1.5e-3").string, "1.5e-3");
  EXPECT_EQ(read("99999999999999999999.0").kind, JsonValue::Kind::Real);
  EXPECT_TRUE(read("[]").elements.empty());
  EXPECT_TRUE(read("{ }").elements.empty());
}

TEST(Json, nested) {
  JsonValue value = read(R"({"a": [1, {"b": "c"}], "d": {}})");
  ASSERT_NE(value.find("a"), nullptr);
  ASSERT_EQ(value.find("a")->elements.size(), 2u);
  EXPECT_EQ(value.find("a")->elements[1].find("b")->string, "c");
  EXPECT_EQ(value.find("e"), nullptr);
}

TEST(Json, strings) {
  EXPECT_EQ(read(R"("\"\\\/\b\f\n\r\t")").string, "\"\\/\b\f\n\r\t");
  EXPECT_EQ(read(R"("\u0041\u00e9\u20AC\ud83d\ude00")").string,
            "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(read("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"").string.size(), 9u);
}

TEST(Json, refused_with_the_place) {
  EXPECT_EQ(complaint(""), "byte 0: expected a value, got the end");
  EXPECT_EQ(complaint("{\"a\": 1 x"), "byte 8: expected ',' or '}', got 'x'");
  EXPECT_EQ(complaint("[1 2]"), "byte 3: expected ',' or ']', got '2'");
  EXPECT_EQ(complaint("[1,]"), "byte 3: expected a value, got ']'");
  EXPECT_EQ(complaint("{\"a\":1,}"), "byte 7: expected a key, got '}'");
  EXPECT_EQ(complaint("{\"a\" 1}"), "byte 5: expected ':', got '1'");
  EXPECT_EQ(complaint("{\"a\":1,\"a\":2}"),
            "byte 7: expected distinct keys, got \"a\" twice");
  EXPECT_EQ(complaint("1 2"), "byte 2: expected the end, got '2'");
  EXPECT_EQ(complaint("01"), "byte 1: expected the end, got '1'");
  EXPECT_EQ(complaint("1."), "byte 2: expected a digit, got the end");
  EXPECT_EQ(complaint("1e+"), "byte 3: expected a digit, got the end");
  EXPECT_EQ(complaint("-"), "byte 1: expected a digit, got the end");
  EXPECT_EQ(complaint("+1"), "byte 0: expected a value, got '+'");
  EXPECT_EQ(complaint("nul"), "byte 3: expected null, got the end");
  EXPECT_EQ(complaint("NaN"), "byte 0: expected a value, got 'N'");
  EXPECT_EQ(complaint("// a\n1"), "byte 0: expected a value, got '/'");
  EXPECT_EQ(complaint("9223372036854775808"),
            "byte 0: expected an integer of 64 bits, got 9223372036854775808");
  EXPECT_EQ(complaint("-9223372036854775809"),
            "byte 0: expected an integer of 64 bits, got -9223372036854775809");
}

TEST(Json, refused_strings) {
  EXPECT_EQ(complaint("\"a"), "byte 2: expected '\"', got the end");
  EXPECT_EQ(complaint("\"\n\""),
            "byte 1: expected an escape for a control character, got byte 0x0a");
  EXPECT_EQ(complaint(R"("\x")"), "byte 2: expected an escape, got 'x'");
  EXPECT_EQ(complaint(R"("\u12g4")"), "byte 5: expected a hexadecimal digit, got 'g'");
  EXPECT_EQ(complaint(R"("\ude00")"),
            "byte 3: expected a surrogate pair, got its second half only");
  EXPECT_EQ(complaint(R"("\ud83d\u0041")"),
            "byte 3: expected a surrogate pair, got its first half only");
  // A stray continuation, an overlong form, a surrogate, a code beyond Unicode, an end.
  for (const char *bytes : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                            "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82"})
    EXPECT_NE(complaint("\"" + std::string(bytes) + "\"").find("expected UTF-8"),
              std::string::npos);
}

TEST(Json, depth_is_limited) {
  auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  read(nested(maxJsonDepth));
  EXPECT_EQ(complaint(nested(maxJsonDepth + 1)),
            "byte 64: expected at most 64 levels of nesting, got more");
  complaint(std::string(1000000, '['));
}

/// Twice the keys take twice the time: searching them for each new one would take
/// minutes.
TEST(Json, many_keys) {
  std::string text = "{";
  for (int i = 0; i < 300000; ++i)
    text += "\"key " + std::to_string(i) + "\": 0, ";
  JsonValue value = read(text + "\"last\": 1}");
  EXPECT_EQ(value.keys.size(), 300001u);
  EXPECT_EQ(value.find("last")->integer, 1);
  EXPECT_NE(complaint(text + "\"key 0\": 1}")
                .find("expected distinct keys, got \"key 0\" twice"),
            std::string::npos);
}
