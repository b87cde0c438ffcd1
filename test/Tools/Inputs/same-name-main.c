/* Queries are 0: each attends to what it sees equally. The value of token t is t. */
#include <stdint.h>
#include <stdio.h>

int32_t call_one(float *v, float *o, int32_t *ends, int32_t tokens);
int32_t call_two(float *v, float *o, int32_t *ends, int32_t tokens);

enum { tokens = 5, most = 64 * 16 };

static void report(const char *name,
                   int32_t (*call)(float *, float *, int32_t *, int32_t), int columns) {
  static float v[most], o[most];
  int32_t ends[] = {0, tokens};
  int i, written = 0;
  for (i = 0; i < most; ++i) {
    v[i] = (float)(i / columns);
    o[i] = -1;
  }
  printf("%s: status %d, last row", name, (int)call(v, o, ends, tokens));
  for (i = 0; i < most; ++i)
    written += o[i] != -1;
  printf(" %g, %d written\n", o[tokens * 2 * columns - 1], written);
}

int main(void) {
  report("one", call_one, 8);
  report("two", call_two, 4);
  return 0;
}
