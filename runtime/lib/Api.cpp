//===- Api.cpp - The C interface ------------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Null checks; the work is in the other files.
//
//===----------------------------------------------------------------------===//

#include "EntryHandle.h"
#include "Guard.h"
#include "ReadBundle.h"

using namespace fovea::rt;

// NOLINTBEGIN(readability-identifier-naming): as the C header names it.
struct fovea_bundle {
  Bundle bundle;
  std::vector<fovea_entry> entries;
};
// NOLINTEND(readability-identifier-naming)

static Status checkIndex(size_t index, size_t count, const char *what) {
  if (index < count)
    return {};
  return invalidArgument(
      format("expected the number of one of %zu %s, got %zu", count, what, index));
}

static Status loadBundle(std::string bytes, fovea_bundle_t **result) {
  auto loaded = std::make_unique<fovea_bundle>();
  loaded->bundle.bytes = std::move(bytes);
  Program &program = loaded->bundle.program;
  if (Status status = readBundle(loaded->bundle.bytes, program); status.failed())
    return status;
  loaded->bundle.plans = std::make_unique<PlanCache[]>(program.entries.size());
  for (const Entry &entry : program.entries)
    loaded->entries.push_back({&loaded->bundle, &entry});
  *result = loaded.release();
  return {};
}

uint32_t fovea_runtime_abi(void) { return FOVEA_RUNTIME_ABI; }

fovea_status_t fovea_runtime_open(const char *path) {
  return guarded([&] { return openDriver(path); });
}

fovea_status_t fovea_bundle_load_memory(const void *data, size_t bytes,
                                        fovea_bundle_t **bundle) {
  return guarded([&] {
    if (!data || !bundle)
      return expectedPointer(data ? "a place for the bundle" : "a bundle's bytes");
    return loadBundle(std::string(static_cast<const char *>(data), bytes), bundle);
  });
}

fovea_status_t fovea_bundle_load_file(const char *path, fovea_bundle_t **bundle) {
  return guarded([&] {
    if (!path || !bundle)
      return expectedPointer(path ? "a place for the bundle" : "a path");
    std::string bytes;
    if (Status status = readFile(path, bytes); status.failed())
      return status;
    return loadBundle(std::move(bytes), bundle).at(path);
  });
}

void fovea_bundle_free(fovea_bundle_t *bundle) { delete bundle; }

fovea_status_t fovea_bundle_prepare(fovea_bundle_t *bundle) {
  return guarded([&] {
    return bundle ? prepareBundle(bundle->bundle) : expectedPointer("a bundle");
  });
}

fovea_status_t fovea_bundle_describe(const fovea_bundle_t *bundle,
                                     fovea_bundle_info_t *info) {
  return guarded([&] {
    if (!bundle || !info)
      return expectedPointer(bundle ? "a place for the description" : "a bundle");
    const Program &program = bundle->bundle.program;
    *info = {program.producer.c_str(), program.target.name.c_str(),
             program.entries.size(), program.kernels.size()};
    return Status();
  });
}

fovea_status_t fovea_bundle_describe_kernel(const fovea_bundle_t *bundle, size_t kernel,
                                            fovea_kernel_info_t *info) {
  return guarded([&] {
    if (!bundle || !info)
      return expectedPointer(bundle ? "a place for the description" : "a bundle");
    const std::vector<Kernel> &kernels = bundle->bundle.program.kernels;
    Status status = checkIndex(kernel, kernels.size(), "kernels");
    if (status.failed())
      return status;
    const Kernel &found = kernels[kernel];
    *info = {found.name.c_str(), found.symbol.c_str(), found.threads, found.sharedBytes,
             found.registers};
    return status;
  });
}

fovea_status_t fovea_bundle_find_entry(fovea_bundle_t *bundle, const char *name,
                                       const fovea_entry_t **entry) {
  return guarded([&] {
    if (!bundle || !name || !entry)
      return expectedPointer(!bundle ? "a bundle"
                             : !name ? "a name"
                                     : "a place for the entry");
    std::string names;
    for (const fovea_entry &candidate : bundle->entries) {
      if (candidate.entry->name == name) {
        *entry = &candidate;
        return Status();
      }
      names += (names.empty() ? "" : ", ") + candidate.entry->name;
    }
    return Status(FOVEA_NOT_FOUND,
                  "expected one of the entries " + names + "; got \"" + name + "\"");
  });
}

fovea_status_t fovea_bundle_get_entry(fovea_bundle_t *bundle, size_t index,
                                      const fovea_entry_t **entry) {
  return guarded([&] {
    if (!bundle || !entry)
      return expectedPointer(bundle ? "a place for the entry" : "a bundle");
    Status status = checkIndex(index, bundle->entries.size(), "entries");
    if (!status.failed())
      *entry = &bundle->entries[index];
    return status;
  });
}

fovea_status_t fovea_entry_describe(const fovea_entry_t *entry,
                                    fovea_entry_info_t *info) {
  return guarded([&] {
    if (!entry || !info)
      return expectedPointer(entry ? "a place for the description" : "an entry");
    const Entry &found = *entry->entry;
    *info = {found.name.c_str(), found.arguments.size(), found.launches.size(),
             found.hasChecks, found.checks.size()};
    return Status();
  });
}

fovea_status_t fovea_entry_describe_argument(const fovea_entry_t *entry,
                                             size_t argument,
                                             fovea_argument_info_t *info) {
  return guarded([&] {
    if (!entry || !info)
      return expectedPointer(entry ? "a place for the description" : "an entry");
    const std::vector<Argument> &arguments = entry->entry->arguments;
    Status status = checkIndex(argument, arguments.size(), "arguments");
    if (status.failed())
      return status;
    const Argument &found = arguments[argument];
    *info = {found.name.c_str(), found.type->type, found.rows,
             found.output,       found.shape.rank, found.shape.sizes.data(),
             found.tokensPerRow};
    return status;
  });
}

fovea_status_t fovea_entry_get_launch(const fovea_entry_t *entry, size_t launch,
                                      size_t *kernel) {
  return guarded([&] {
    if (!entry || !kernel)
      return expectedPointer(entry ? "a place for the kernel" : "an entry");
    Status status = checkIndex(launch, entry->entry->launches.size(), "launches");
    if (!status.failed())
      *kernel = entry->entry->launches[launch].kernel;
    return status;
  });
}

fovea_status_t fovea_entry_workspace_bytes(const fovea_entry_t *entry,
                                           const fovea_tensor_t *tensors,
                                           size_t tensorCount, size_t *bytes) {
  return guarded([&] {
    if (!entry || !bytes)
      return expectedPointer(entry ? "a place for the size" : "an entry");
    return queryWorkspace(*entry->bundle, *entry->entry, tensors, tensorCount, *bytes);
  });
}

fovea_status_t fovea_entry_launch(const fovea_entry_t *entry,
                                  const fovea_call_t *call) {
  size_t last = entry ? entry->entry->launches.size() : 0;
  return fovea_entry_launch_range(entry, call, 0, last);
}

fovea_status_t fovea_entry_launch_range(const fovea_entry_t *entry,
                                        const fovea_call_t *call, size_t first,
                                        size_t last) {
  return guarded([&] {
    if (!entry || !call)
      return expectedPointer(entry ? "a call" : "an entry");
    return launchEntry(*entry->bundle, *entry->entry, *call, {first, last});
  });
}

fovea_status_t fovea_entry_check(const fovea_entry_t *entry, const fovea_call_t *call) {
  return guarded([&] {
    if (!entry || !call)
      return expectedPointer(entry ? "a call" : "an entry");
    return checkEntry(*entry->bundle, *entry->entry, *call);
  });
}
