/* Calls an entry from several threads at once, and from a child of a process that
 * called it. */
#include "near.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { tokens = 64, callers = 3, calls = 20 };

static float q[tokens * 2 * 8], k[tokens * 8], v[tokens * 4];

/* How many calls gave another status or value than they should. */
static long count_faults(void) {
  static const int32_t ends[] = {0, 20, tokens};
  float o[tokens * 2 * 4];
  struct near_forward_args args = {tokens, 2, q, k, v, ends, o};
  long faults = 0;
  for (int call = 0; call < calls; ++call) {
    int good = 1;
    for (int i = 0; i < tokens * 2 * 4; ++i)
      o[i] = -1;
    good = near_forward(&args) == FOVEA_CPU_OK;
    for (int i = 0; i < tokens * 2 * 4; ++i)
      good = good && o[i] == 2.5f;
    faults += !good;
  }
  return faults;
}

static void *run(void *faults) {
  *(long *)faults = count_faults();
  return 0;
}

int main(void) {
  pthread_t threads[callers];
  long faults[callers], sum = 0;
  int status = 0;
  pid_t child;
  for (int i = 0; i < tokens * 4; ++i)
    v[i] = 2.5f;
  for (int i = 0; i < callers; ++i)
    if (pthread_create(&threads[i], 0, run, &faults[i]))
      return 1;
  for (int i = 0; i < callers; ++i) {
    pthread_join(threads[i], 0);
    sum += faults[i];
  }
  printf("threads: %ld faults\n", sum);
  printf("parent: %ld faults\n", count_faults());
  fflush(stdout);
  child = fork();
  if (child == 0)
    _exit(count_faults() ? 1 : 0);
  if (child < 0 || waitpid(child, &status, 0) != child)
    return 1;
  printf("child: %s\n", WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "good" : "bad");
  printf("parent again: %ld faults\n", count_faults());
  return 0;
}
