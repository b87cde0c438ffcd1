/* A driver that is too old: it initializes, and has little else. */
int cuInit(unsigned flags) { return flags != 0; }
