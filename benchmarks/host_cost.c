/*===- host_cost.c - What a call costs the host ---------------------*- C -*-===*
 * Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * host_cost BUNDLE TOKENS CALLS FLAGS [DRIVER]
 *
 * Prints the median microseconds of a call of the bundle's first entry with these
 * flags, on the default stream. Calls come in bursts that the device's queue has room
 * for, or the host would wait for the device. host_cost.py builds and runs it.
 *
 *===----------------------------------------------------------------------===*/

#include "host_time.h"

#include <fovea/device.h>

#include <stdio.h>
#include <string.h>

enum { maxArguments = 64, maxRank = 8, queuedLaunches = 400 };

static void check(fovea_status_t status) {
  if (status == FOVEA_OK)
    return;
  fprintf(stderr, "error: %s\n", fovea_last_error());
  exit(1);
}

static size_t elementBytes(int32_t type) {
  return type == FOVEA_I64 ? 8 : type == FOVEA_BF16 || type == FOVEA_F16 ? 2 : 4;
}

/* Memory for argument `number`, zeros but for the ends of one sequence. */
static void makeTensor(fovea_device_t *device, const fovea_entry_t *entry,
                       size_t number, int64_t tokens, int64_t *shape,
                       fovea_tensor_t *tensor) {
  fovea_argument_info_t info;
  check(fovea_entry_describe_argument(entry, number, &info));
  size_t bytes = elementBytes(info.type);
  for (uint32_t axis = 0; axis < info.rank; ++axis) {
    int64_t rows = info.rows == FOVEA_ROWS_TOKENS ? tokens : 2;
    shape[axis] = info.shape[axis] < 0 ? rows : info.shape[axis];
    bytes *= (size_t)shape[axis];
  }
  void *host = calloc(1, bytes);
  if (info.rows == FOVEA_ROWS_SEQUENCE_ENDS) {
    int32_t ends[] = {0, (int32_t)tokens};
    memcpy(host, ends, sizeof(ends));
  }
  tensor->type = info.type;
  tensor->rank = info.rank;
  tensor->shape = shape;
  check(fovea_device_allocate(device, bytes, &tensor->data));
  check(fovea_device_write(device, tensor->data, host, bytes));
  free(host);
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: host_cost BUNDLE TOKENS CALLS FLAGS [DRIVER]\n");
    return 1;
  }
  int64_t tokens = atoll(argv[2]);
  int calls = atoi(argv[3]);
  fovea_bundle_t *bundle;
  const fovea_entry_t *entry;
  fovea_entry_info_t info;
  fovea_device_t *device;
  if (argc > 5)
    check(fovea_runtime_open(argv[5]));
  check(fovea_bundle_load_file(argv[1], &bundle));
  check(fovea_bundle_get_entry(bundle, 0, &entry));
  check(fovea_entry_describe(entry, &info));
  check(fovea_device_open(0, &device));

  static int64_t shapes[maxArguments][maxRank];
  static fovea_tensor_t tensors[maxArguments];
  fovea_call_t call = {0};
  for (size_t i = 0; i < info.argument_count && i < maxArguments; ++i)
    makeTensor(device, entry, i, tokens, shapes[i], &tensors[i]);
  call.flags = (uint32_t)atoi(argv[4]);
  call.tensors = tensors;
  call.tensor_count = info.argument_count;
  check(fovea_entry_workspace_bytes(entry, tensors, info.argument_count,
                                    &call.workspace_bytes));
  check(fovea_device_allocate(device, call.workspace_bytes, &call.workspace));

  double *times = malloc(sizeof(double) * (size_t)calls);
  int burst = queuedLaunches / (int)(info.launch_count + 1);
  for (int i = 0; i < calls; ++i) {
    if (i % burst == 0) /* waits, and makes the context current for good measure */
      check(fovea_device_launch(device, entry, &call, NULL));
    double begin = now();
    check(fovea_entry_launch(entry, &call));
    times[i] = now() - begin;
  }
  check(fovea_device_launch(device, entry, &call, NULL));
  printf("%.3f\n", median(times, (size_t)calls));
  return 0;
}
