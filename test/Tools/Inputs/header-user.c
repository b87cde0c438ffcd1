/* Calls an entry through its header, in every way that the entry refuses. */
#include "near.h"
#include "nsa.h"
#include "small.h"

/* Names of the runtime's, in the same program. */
#include <fovea/runtime.h>

#include "near.h"

#include <stdio.h>

enum { tokens = 2 };
static float q[tokens * 2 * 8], k[tokens * 8], v[tokens * 4], o[tokens * 2 * 4];
static int32_t cu_seqlens[2];

static void report(const char *what, const struct near_forward_args *args) {
  printf("%s: %s\n", what, fovea_cpu_status_text(near_forward(args)));
}

int main(void) {
  struct near_forward_args args;
  args.tokens = tokens;
  args.sequences = 1;
  args.q = 0;
  args.k = k;
  args.v = v;
  args.cu_seqlens = cu_seqlens;
  args.o = o;
  report("null args", 0);
  report("null q", &args);
  args.q = (const float *)((const char *)q + 1);
  report("odd q", &args);
  args.q = q;
  args.tokens = -1;
  report("negative", &args);
  args.tokens = (int64_t)1 << 31;
  report("many", &args);
  args.tokens = tokens;
  args.sequences = INT32_MAX;
  report("sequences", &args);
  args.sequences = 1;
  args.o = 0;
  report("null o", &args);
  args.o = o;
  report("kernel", &args);
  cu_seqlens[1] = tokens;
  report("good", &args);
  cu_seqlens[1] = 0;
  args.tokens = 0;
  args.q = 0;
  report("no tokens", &args);
  return 0;
}
