//===- main.cpp - calls a kernel that this build compiled -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nsa.h"

#include <cstdio>

int main() {
  std::puts("consumer: built against nsa.h");
  return 0;
}
