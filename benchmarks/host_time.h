/*===- host_time.h - Medians of what the host takes -----------------*- C -*-===*
 * Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Include it first: it asks for POSIX's clock.
 *
 *===----------------------------------------------------------------------===*/

#ifndef FOVEA_BENCHMARKS_HOST_TIME_H
#define FOVEA_BENCHMARKS_HOST_TIME_H

#define _POSIX_C_SOURCE 199309L

#include <stdlib.h>
#include <time.h>

/* Microseconds of a clock that never goes back. */
static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec * 1e-3;
}

static int compareDoubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Sorts the times. */
static double median(double *times, size_t count) {
  qsort(times, count, sizeof(double), compareDoubles);
  return times[count / 2];
}

#endif /* FOVEA_BENCHMARKS_HOST_TIME_H */
