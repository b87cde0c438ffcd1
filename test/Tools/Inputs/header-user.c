/* Calls an entry through its header, with a stand-in for the compiled code. */
#include "nsa.h"
#include "small.h"

/* Names of the runtime's, in the same program. */
#include <fovea/runtime.h>

#include "nsa.h"

#include <stdio.h>

int32_t _mlir_ciface_nsa_forward(struct fovea_memref_3 *q, struct fovea_memref_3 *k,
                                 struct fovea_memref_3 *v, struct fovea_memref_3 *gates,
                                 struct fovea_memref_1 *cu_seqlens,
                                 struct fovea_memref_3 *o) {
  int fits = q->sizes[0] == k->sizes[0] && v->strides[0] == 128 &&
             gates->sizes[2] == 3 && o->sizes[1] == 16;
  int32_t end = ((int32_t *)cu_seqlens->aligned)[cu_seqlens->sizes[0] - 1];
  return !fits || end != q->sizes[0] ? FOVEA_CPU_ERROR_SEQUENCES : FOVEA_CPU_OK;
}

static float q[2 * 16 * 128], k[2 * 128], v[2 * 128], gates[2 * 16 * 3];
static float o[2 * 16 * 128];
static int32_t cu_seqlens[2];

static void report(const char *what, const struct nsa_forward_args *args) {
  printf("%s: %s\n", what, fovea_cpu_status_text(nsa_forward(args)));
}

int main(void) {
  struct nsa_forward_args args;
  args.tokens = 2;
  args.sequences = 1;
  args.q = 0;
  args.k = k;
  args.v = v;
  args.gates = gates;
  args.cu_seqlens = cu_seqlens;
  args.o = o;
  report("null args", 0);
  report("null q", &args);
  args.q = (const float *)((const char *)q + 1);
  report("odd q", &args);
  args.q = q;
  args.tokens = -1;
  report("negative", &args);
  args.tokens = 2;
  report("kernel", &args);
  args.tokens = 0;
  args.q = 0;
  report("no tokens", &args);
  return 0;
}
