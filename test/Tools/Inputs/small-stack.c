/* Calls an entry from a thread of little stack. */
#include "scarce.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { tokens = 70, q_size = tokens * 128 * 576, o_size = tokens * 128 * 512, stack = 256 << 10 };

static void *call(void *args) {
  printf("status: %s\n",
         fovea_cpu_status_text(scarce_forward((const struct scarce_forward_args *)args)));
  return 0;
}

int main(void) {
  float *q = calloc(q_size, sizeof(float)), *k = calloc(tokens * 576, sizeof(float));
  float *v = calloc(tokens * 512, sizeof(float)), *o = calloc(o_size, sizeof(float));
  float *gates = calloc(tokens * 128 * 3, sizeof(float));
  int32_t ends[] = {0, tokens};
  struct scarce_forward_args args = {tokens, 1, q, k, v, gates, ends, o};
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, stack) ||
      pthread_create(&thread, &attributes, call, &args) || pthread_join(thread, 0))
    return 1;
  call(&args);
  return 0;
}
