/* Calls an entry that dlsym finds, by the struct of the header. */
#include "near.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum { tokens = 9 };
static float q[tokens * 2 * 8], k[tokens * 8], v[tokens * 4], o[tokens * 2 * 4];

int main(int argc, char **argv) {
  int32_t good[] = {0, 4, 4, tokens}, bad[] = {0, 4, 3, tokens};
  struct near_forward_args args = {tokens, 3, q, k, v, good, o};
  int32_t (*forward)(const struct near_forward_args *);
  void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW) : 0;
  void *symbol = library ? dlsym(library, argv[2]) : 0;
  int i;
  if (!symbol) {
    printf("status: none, for %s\n", dlerror());
    return 1;
  }
  memcpy(&forward, &symbol, sizeof forward);
  for (i = 0; i < tokens * 4; ++i)
    v[i] = 2.5f;
  printf("status: %s\n", fovea_cpu_status_text(forward(&args)));
  for (i = 0; i < tokens * 2 * 4; ++i)
    if (o[i] != 2.5f)
      printf("element %d is %g\n", i, o[i]);
  args.cu_seqlens = bad;
  printf("status: %s\n", fovea_cpu_status_text(forward(&args)));
  return 0;
}
