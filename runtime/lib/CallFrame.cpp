//===- CallFrame.cpp - The parameters of one call -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CallFrame.h"

#include <cstring>

using namespace fovea::rt;

static void *resolve(const AddressSource &source, const CallAddresses &addresses) {
  switch (source.kind) {
  case AddressSource::Kind::Nothing:
    break;
  case AddressSource::Kind::Argument:
    return addresses.tensors[source.argument].data;
  case AddressSource::Kind::Workspace:
    return static_cast<char *>(addresses.workspace) + source.offset;
  case AddressSource::Kind::Report:
    return static_cast<char *>(addresses.report) + source.offset;
  }
  return nullptr;
}

void CallFrame::reserve(const Plan &plan) {
  size_t mapBytes = plan.maps.size() * sizeof(TensorMap);
  size_t wordBytes = plan.words.size() * sizeof(uint64_t);
  size_t bytes = mapBytes + wordBytes + plan.params.size() * sizeof(void *);
  unsigned char *memory = inlineMemory;
  if (bytes > inlineBytes) {
    heapMemory.resize((bytes + sizeof(TensorMap) - 1) / sizeof(TensorMap));
    memory = heapMemory.front().bytes;
  }
  maps = reinterpret_cast<TensorMap *>(memory);
  words = reinterpret_cast<uint64_t *>(memory + mapBytes);
  params = reinterpret_cast<void **>(memory + mapBytes + wordBytes);
}

Status CallFrame::fill(const Driver &driver, const Plan &plan,
                       const CallAddresses &addresses) {
  reserve(plan);
  for (size_t i = 0; i < plan.maps.size(); ++i) {
    maps[i] = plan.maps[i].encoded;
    void *address = resolve(plan.maps[i].source, addresses);
    if (Status status = setAddress(driver, maps[i], address); status.failed())
      return status;
  }
  if (!plan.words.empty())
    std::memcpy(words, plan.words.data(), plan.words.size() * sizeof(uint64_t));
  for (const PlannedAddress &planned : plan.addresses)
    words[planned.word] =
        reinterpret_cast<uintptr_t>(resolve(planned.source, addresses));
  for (size_t i = 0; i < plan.params.size(); ++i) {
    PlannedParam param = plan.params[i];
    params[i] = param.isMap ? static_cast<void *>(&maps[param.number])
                            : static_cast<void *>(&words[param.number]);
  }
  return {};
}
