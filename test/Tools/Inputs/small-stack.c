/* Calls an entry from a thread of little stack. */
#include "scarce-arrays.h"

#include <pthread.h>
#include <stdio.h>

enum { stack = 256 << 10 };

static void *call(void *args) {
  printf("status: %s\n", fovea_cpu_status_text(
                             scarce_forward((const struct scarce_forward_args *)args)));
  return 0;
}

int main(void) {
  struct scarce_forward_args args = make_args();
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, stack) ||
      pthread_create(&thread, &attributes, call, &args) || pthread_join(thread, 0))
    return 1;
  call(&args);
  return 0;
}
