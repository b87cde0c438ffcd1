/*===- fovea/device.h - A device's memory, and timed launches -----*- C -*-===*
 * Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * For programs that have no other library for device memory, neither the CUDA
 * runtime nor PyTorch: what it takes to run an entry of a bundle once.
 *
 *   fovea_device_t *device;
 *   void *q;
 *   fovea_device_open(0, &device);
 *   fovea_device_allocate(device, bytes, &q);
 *   fovea_device_write(device, q, host, bytes);
 *   fovea_device_launch(device, entry, &call, &seconds);
 *   fovea_device_read(device, host, q, bytes);
 *   fovea_device_free(device, q);
 *   fovea_device_close(device);
 *
 * A device here is its primary context, retained: memory is also the CUDA
 * runtime's and PyTorch's, and theirs may be given to these calls. Each call makes
 * that context current for as long as it takes. Errors, threads and null
 * arguments are as in fovea/runtime.h, except that fovea_device_close must not run
 * beside another use of the same device.
 *
 *===----------------------------------------------------------------------===*/

#ifndef FOVEA_DEVICE_H
#define FOVEA_DEVICE_H

#include "fovea/runtime.h"

/* NOLINTBEGIN(readability-identifier-naming): these are C's names. */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fovea_device fovea_device_t;

typedef struct fovea_device_info {
  const char *name; /* such as "NVIDIA H200"; lives as long as the device */
  uint32_t capability_major, capability_minor; /* compute capability: 9, 0 */
  uint32_t multiprocessors;
} fovea_device_info_t;

/* Opens the driver, if it is not open yet, and retains the primary context of device
 * number `ordinal`, from 0. FOVEA_NO_DRIVER: as fovea_runtime_open. */
FOVEA_API fovea_status_t fovea_device_open(int ordinal, fovea_device_t **device);

/* Lets go of the context. Memory of fovea_device_allocate must be freed, and bundles
 * that were launched here too. Null is allowed. */
FOVEA_API void fovea_device_close(fovea_device_t *device);

FOVEA_API fovea_status_t fovea_device_describe(const fovea_device_t *device,
                                               fovea_device_info_t *info);

/* Device memory, aligned to 256 bytes; null for 0 bytes. FOVEA_DRIVER_ERROR where too
 * little is left. */
FOVEA_API fovea_status_t fovea_device_allocate(fovea_device_t *device, size_t bytes,
                                               void **address);

/* Waits for what uses the memory. Null is allowed. */
FOVEA_API fovea_status_t fovea_device_free(fovea_device_t *device, void *address);

/* Copies to or from device memory on the default stream, and waits for it. */
FOVEA_API fovea_status_t fovea_device_write(fovea_device_t *device, void *address,
                                            const void *host, size_t bytes);
FOVEA_API fovea_status_t fovea_device_read(fovea_device_t *device, void *host,
                                           const void *address, size_t bytes);

/* fovea_entry_launch on this device, and waits until its kernels are done. Failures of
 * the kernels themselves are FOVEA_DRIVER_ERROR. `seconds`, unless null, is how long
 * they took by the device's own clock, from the first one's start to the last one's
 * end. */
FOVEA_API fovea_status_t fovea_device_launch(fovea_device_t *device,
                                             const fovea_entry_t *entry,
                                             const fovea_call_t *call, double *seconds);

/* How long each launch of the entry takes, by the device's own clock: `seconds` has
 * `count` elements, as many as the entry has launches. The entry is launched as by
 * fovea_device_launch, and directly behind it once more, kernel by kernel: so the
 * device is busy while the host launches, whose time is not in the numbers, unless all
 * of the entry takes less than that: tens of microseconds. Checks of a checked call run
 * the first time only, and are not timed. */
FOVEA_API fovea_status_t fovea_device_time_launches(fovea_device_t *device,
                                                    const fovea_entry_t *entry,
                                                    const fovea_call_t *call,
                                                    double *seconds, size_t count);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* NOLINTEND(readability-identifier-naming) */

#endif /* FOVEA_DEVICE_H */
