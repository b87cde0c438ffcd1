//===- Npy.cpp - NumPy's .npy files ---------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file is: the magic "\x93NUMPY", a major and a minor version byte, the
// header's length (16 bits in format 1.0, 32 bits after), the header, and the
// elements. The header is a Python dictionary with the keys 'descr',
// 'fortran_order' and 'shape', padded with blanks.
//
//===----------------------------------------------------------------------===//

#include "fovea/Support/Npy.h"

#include "fovea/Support/OutputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>

using namespace fovea;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

static constexpr StringRef magic("\x93NUMPY", 6);
static constexpr size_t versionBytes = 2;
/// The elements start at a multiple of this, so that they can be mapped.
static constexpr size_t dataAlignment = 64;

namespace {

/// The dictionary of a file, and what follows it.
struct Header {
  std::string descr;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// Parses the header's dictionary, whose keys may come in any order.
class HeaderParser final {
public:
  explicit HeaderParser(StringRef text) : text(text) {}

  /// Empty if `text` is not a dictionary with just the three keys.
  std::optional<Header> parse();

private:
  /// Skips blanks, then takes `token` if it comes next.
  bool consume(StringRef token) {
    text = text.ltrim();
    return text.consume_front(token);
  }
  bool parseEntry();
  bool parseString(std::string &value);
  bool parseBool(bool &value);
  bool parseShape(std::vector<int64_t> &shape);

  StringRef text;
  Header header;
  bool hasDescr = false, hasOrder = false, hasShape = false;
};

} // namespace

bool HeaderParser::parseString(std::string &value) {
  text = text.ltrim();
  if (text.empty() || (text.front() != '\'' && text.front() != '"'))
    return false;
  size_t end = text.find(text.front(), 1);
  if (end == StringRef::npos)
    return false;
  value = text.slice(1, end).str();
  text = text.drop_front(end + 1);
  return true;
}

bool HeaderParser::parseBool(bool &value) {
  value = consume("True");
  return value || consume("False");
}

bool HeaderParser::parseShape(std::vector<int64_t> &shape) {
  if (!consume("("))
    return false;
  while (!consume(")")) {
    int64_t size;
    text = text.ltrim();
    if (text.consumeInteger(10, size) || size < 0)
      return false;
    // Python 2 wrote long integers with a suffix.
    consume("L");
    shape.push_back(size);
    if (consume(","))
      continue;
    return consume(")");
  }
  return true;
}

bool HeaderParser::parseEntry() {
  std::string key;
  if (!parseString(key) || !consume(":"))
    return false;
  if (key == "descr")
    return hasDescr = parseString(header.descr);
  if (key == "fortran_order")
    return hasOrder = parseBool(header.fortranOrder);
  if (key == "shape")
    return hasShape = parseShape(header.shape);
  return false;
}

std::optional<Header> HeaderParser::parse() {
  if (!consume("{"))
    return std::nullopt;
  while (!consume("}")) {
    if (!parseEntry())
      return std::nullopt;
    if (!consume(",") && !text.ltrim().starts_with("}"))
      return std::nullopt;
  }
  if (!text.trim().empty() || !hasDescr || !hasOrder || !hasShape)
    return std::nullopt;
  return std::move(header);
}

/// The one form that every error of this file has.
static Error makeError(StringRef path, const llvm::Twine &message) {
  return llvm::createStringError(path + ": " + message);
}

/// Text from a file, safe to print: its start, if it is long.
static std::string quote(StringRef text) {
  constexpr size_t kMost = 200;
  std::string result;
  llvm::raw_string_ostream stream(result);
  stream << '"';
  llvm::printEscapedString(text.take_front(kMost), stream);
  stream << (text.size() > kMost ? "..." : "") << '"';
  return result;
}

/// Takes the magic, the version and the header off the front of `contents`,
/// and returns the header's text.
static Expected<StringRef> takeHeaderText(StringRef path, StringRef &contents) {
  if (!contents.consume_front(magic))
    return makeError(path, "expected the magic of a .npy file, " + quote(magic) +
                               ", got " + quote(contents.take_front(magic.size())));
  if (contents.size() < versionBytes)
    return makeError(path, "expected a format version, got the file's end");
  int major = static_cast<uint8_t>(contents[0]);
  int minor = static_cast<uint8_t>(contents[1]);
  contents = contents.drop_front(versionBytes);
  if (major < 1 || major > 3 || minor != 0)
    return makeError(path, llvm::formatv("expected .npy format 1.0, 2.0 or "
                                         "3.0, got {0}.{1}",
                                         major, minor));

  size_t lengthBytes = major == 1 ? 2 : 4;
  if (contents.size() < lengthBytes)
    return makeError(path, "expected a header length, got the file's end");
  size_t length = major == 1 ? llvm::support::endian::read16le(contents.data())
                             : llvm::support::endian::read32le(contents.data());
  contents = contents.drop_front(lengthBytes);
  if (contents.size() < length)
    return makeError(path, llvm::formatv("truncated header: expected {0} "
                                         "bytes, got {1}",
                                         length, contents.size()));
  StringRef header = contents.take_front(length);
  contents = contents.drop_front(length);
  return header;
}

/// The element type that `descr` names, such as '<f4'.
static Expected<ElementType> parseDescr(StringRef path, StringRef descr) {
  StringRef kind = descr.drop_front(descr.empty() ? 0 : 1);
  if (descr.starts_with(">"))
    return makeError(path, "expected little-endian elements, got dtype '" +
                               descr.take_front(40) + "'; save " +
                               "array.astype(array.dtype.newbyteorder('<'))");
  if (kind == "f4")
    return ElementType::F32;
  if (kind == "f2")
    return ElementType::F16;
  if (kind == "i4")
    return ElementType::I32;
  if (kind == "V2" || kind == "u2")
    return ElementType::BF16;
  return makeError(path, "expected dtype f4, f2, i4 or bf16 (V2 or u2), got '" +
                             descr.take_front(40) + "'; convert with array.astype");
}

/// Bytes of an array, or nothing if they pass 2^63.
static std::optional<int64_t> getByteCount(llvm::ArrayRef<int64_t> shape,
                                           ElementType type) {
  // A zero anywhere means no elements, however large the other sizes are.
  if (llvm::is_contained(shape, 0))
    return 0;
  int64_t bytes = getByteWidth(type);
  for (int64_t size : shape)
    if (size < 0 || llvm::MulOverflow(bytes, size, bytes))
      return std::nullopt;
  return bytes;
}

/// The text of `shape` as Python writes a tuple: (), (3,) or (3, 4).
static std::string formatShape(llvm::ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '(';
  llvm::interleaveComma(shape, stream);
  stream << (shape.size() == 1 ? ",)" : ")");
  return text;
}

Expected<NpyArray> fovea::readNpy(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError(path, "cannot read: " + buffer.getError().message());
  StringRef contents = (*buffer)->getBuffer();

  Expected<StringRef> headerText = takeHeaderText(path, contents);
  if (!headerText)
    return headerText.takeError();
  std::optional<Header> header = HeaderParser(*headerText).parse();
  if (!header)
    return makeError(path, "expected a header with 'descr', 'fortran_order' "
                           "and 'shape' of one plain array, got " +
                               quote(headerText->trim()));
  Expected<ElementType> type = parseDescr(path, header->descr);
  if (!type)
    return type.takeError();
  if (header->fortranOrder)
    return makeError(path, "expected C order, got Fortran order; save "
                           "numpy.ascontiguousarray(array)");

  constexpr size_t kMaxRank = 64; // NumPy's
  if (header->shape.size() > kMaxRank)
    return makeError(path, llvm::formatv("expected at most {0} dims, got {1}", kMaxRank,
                                         header->shape.size()));
  std::optional<int64_t> byteCount = getByteCount(header->shape, *type);
  if (!byteCount)
    return makeError(path, "expected fewer than 2^63 bytes, got shape " +
                               formatShape(header->shape));
  if (static_cast<int64_t>(contents.size()) != *byteCount)
    return makeError(path,
                     llvm::formatv("{0}: expected {1} bytes for {2} elements of "
                                   "shape {3}, got {4}",
                                   static_cast<int64_t>(contents.size()) < *byteCount
                                       ? "truncated"
                                       : "trailing bytes",
                                   *byteCount, getName(*type),
                                   formatShape(header->shape), contents.size()));
  return NpyArray{*type, std::move(header->shape),
                  std::vector<uint8_t>(contents.bytes_begin(), contents.bytes_end())};
}

static StringRef getDescr(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return "<f4";
  case ElementType::F16:
    return "<f2";
  case ElementType::BF16:
    return "|V2";
  case ElementType::I32:
    return "<i4";
  }
  llvm_unreachable("unknown element type");
}

Error fovea::writeNpy(StringRef path, const NpyArray &array) {
  std::optional<int64_t> byteCount = getByteCount(array.shape, array.type);
  if (!byteCount || static_cast<int64_t>(array.bytes.size()) != *byteCount)
    return makeError(path, llvm::formatv("expected the bytes of {0} elements "
                                         "of shape {1}, got {2}",
                                         getName(array.type), formatShape(array.shape),
                                         array.bytes.size()));

  std::string header =
      llvm::formatv("{{'descr': '{0}', 'fortran_order': False, 'shape': {1}, }",
                    getDescr(array.type), formatShape(array.shape));
  // Pad so that the prefix, the header and its newline end at the alignment.
  size_t prefix = magic.size() + versionBytes + sizeof(uint16_t);
  size_t end = llvm::alignTo(prefix + header.size() + 1, dataAlignment);
  header.resize(end - prefix - 1, ' ');
  header += '\n';
  if (header.size() > UINT16_MAX)
    return makeError(path, llvm::formatv("expected a header of at most {0} "
                                         "bytes, got {1}",
                                         UINT16_MAX, header.size()));

  return writeFile(path, [&](llvm::raw_ostream &stream) {
    stream << magic << '\1' << '\0';
    llvm::support::endian::write<uint16_t>(stream, header.size(),
                                           llvm::endianness::little);
    stream << header << llvm::toStringRef(array.bytes);
  });
}
