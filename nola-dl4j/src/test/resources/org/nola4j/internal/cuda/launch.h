// Behind basis.cu: runs a kernel's blocks one after the other.
struct Started {
  void (*kernel)(Call);
  Call call;
};

static void start(void* started) { ((Started*)started)->kernel(((Started*)started)->call); }

extern "C" void launchBlocks(
    void (*kernel)(Call), const void* call, unsigned x, unsigned y, unsigned z, unsigned threads) {
  Started started = {kernel, *(const Call*)call};
  block::body = start;
  block::argument = &started;
  gridDim = {x, y, z};
  blockDim = {threads, 1, 1};
  for (unsigned k = 0; k < z; k++) {
    for (unsigned j = 0; j < y; j++) {
      for (unsigned i = 0; i < x; i++) {
        blockIdx = {i, j, k};
        block::runAll(threads);
      }
    }
  }
}
