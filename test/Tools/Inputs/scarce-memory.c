/* Fails each allocation of the compiled code in turn, and then those behind it. Linked
   with -Wl,--wrap=malloc,--wrap=free. */
#include "scarce-arrays.h"

#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long calls, first_failure, held;

void *__real_malloc(size_t size);
void __real_free(void *memory);

void *__wrap_malloc(size_t size) {
  void *memory = 0;
  pthread_mutex_lock(&mutex);
  if (calls++ < first_failure) {
    memory = __real_malloc(size);
    ++held;
  }
  pthread_mutex_unlock(&mutex);
  return memory;
}

void __wrap_free(void *memory) {
  pthread_mutex_lock(&mutex);
  held -= memory != 0;
  pthread_mutex_unlock(&mutex);
  __real_free(memory);
}

int main(void) {
  struct scarce_forward_args args = make_args();
  float *v = (float *)args.v, *gates = (float *)args.gates;
  int32_t status = FOVEA_CPU_OK;
  long needed = 0;
  for (int i = 0; i < tokens * 512; ++i)
    v[i] = 2.0f;
  for (int i = 0; i < tokens * 128 * 3; ++i)
    gates[i] = i % 3 == 2 ? 40.0f : -40.0f;
  first_failure = 1L << 40;
  status = scarce_forward(&args);
  needed = calls;
  printf("all: %s, %ld held, o %g\n", fovea_cpu_status_text(status), held,
         args.o[o_size - 1]);
  for (long n = 0; n < needed; n = n < 12           ? n + 1
                                   : needed - 1 > n ? needed - 1
                                                    : needed) {
    calls = 0;
    first_failure = n;
    status = scarce_forward(&args);
    if (status != FOVEA_CPU_ERROR_MEMORY || held)
      printf("%ld: %s, %ld held\n", n, fovea_cpu_status_text(status), held);
  }
  printf("none: %s\n", fovea_cpu_status_text(status));
  first_failure = 1L << 40;
  printf("again: %s\n", fovea_cpu_status_text(scarce_forward(&args)));
  return 0;
}
