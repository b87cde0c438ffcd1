//===- Array.cpp - Dense arrays of the reference --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Reference/Array.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"

using namespace fovea::reference;

int64_t fovea::reference::getNumElements(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

static std::string formatList(llvm::ArrayRef<int64_t> list) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '[';
  llvm::interleaveComma(list, stream);
  stream << ']';
  return text;
}

llvm::Error fovea::reference::checkShape(llvm::StringRef name,
                                         llvm::ArrayRef<int64_t> actual,
                                         llvm::ArrayRef<int64_t> expected) {
  if (actual == expected)
    return llvm::Error::success();
  return llvm::createStringError("expected " + name + " of shape " +
                                 formatList(expected) + ", got " + formatList(actual));
}

llvm::Error fovea::reference::checkRank(llvm::StringRef name,
                                        llvm::ArrayRef<int64_t> actual, int64_t rank) {
  if (static_cast<int64_t>(actual.size()) == rank)
    return llvm::Error::success();
  return llvm::createStringError("expected " + name + " of rank " + llvm::Twine(rank) +
                                 ", got shape " + formatList(actual));
}

[[noreturn]] static void failIndex(llvm::ArrayRef<int64_t> shape,
                                   llvm::ArrayRef<int64_t> indices) {
  llvm::report_fatal_error("reference array: expected an index within " +
                           llvm::Twine(formatList(shape)) + ", got " +
                           formatList(indices));
}

std::pair<int64_t, int64_t>
fovea::reference::locateSlice(llvm::ArrayRef<int64_t> shape,
                              llvm::ArrayRef<int64_t> indices) {
  bool inRange = indices.size() <= shape.size();
  int64_t position = 0;
  for (size_t axis = 0; inRange && axis < indices.size(); ++axis) {
    inRange = indices[axis] >= 0 && indices[axis] < shape[axis];
    position = position * shape[axis] + indices[axis];
  }
  if (!inRange)
    failIndex(shape, indices);
  int64_t size = getNumElements(shape.drop_front(indices.size()));
  return {position * size, size};
}

int64_t fovea::reference::locateElement(llvm::ArrayRef<int64_t> shape,
                                        llvm::ArrayRef<int64_t> indices) {
  if (indices.size() != shape.size())
    failIndex(shape, indices);
  return locateSlice(shape, indices).first;
}

double fovea::reference::dot(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += a[i] * b[i];
  return sum;
}

void fovea::reference::addScaled(double scale, llvm::ArrayRef<double> row,
                                 llvm::MutableArrayRef<double> output) {
  for (size_t d = 0; d < row.size(); ++d)
    output[d] += scale * row[d];
}
