// What basis.cu needs of CUDA, for a C++ compiler: every thread of a block is a context of its own, and all go on by
// turns from one synchronization to the next. Shared memory is static, because blocks run one after the other.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ucontext.h>
#include <vector>

#define __device__
#define __global__
#define __shared__ static

struct uint2 { unsigned x, y; };
struct float4 { float x, y, z, w; };
struct dim3 { unsigned x, y, z; };

static dim3 gridDim, blockDim, blockIdx, threadIdx;

using std::max;
using std::min;

static uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }

static float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

template <class To, class From>
static To bitsOf(From from) {
  To to;
  static_assert(sizeof(to) == sizeof(from), "same size");
  memcpy(&to, &from, sizeof(to));
  return to;
}

static float __uint_as_float(unsigned x) { return bitsOf<float>(x); }
static unsigned __float_as_uint(float x) { return bitsOf<unsigned>(x); }
static float __fadd_rn(float a, float b) { return a + b; }
static float __fmul_rn(float a, float b) { return a * b; }
static double __dadd_rn(double a, double b) { return a + b; }
static double __dmul_rn(double a, double b) { return a * b; }
static float __double2float_rn(double a) { return (float)a; }

namespace block {
const int STACK = 1 << 16;

struct Thread {
  ucontext_t context;
  std::vector<char> stack;
  bool done;
  unsigned exchanges; // so far
  float offered[2];   // the last number and the one before, which others may not have read yet
};

static std::vector<Thread> threads;
static ucontext_t scheduler;
static unsigned current;
static void (*body)(void*);
static void* argument;

static void run() {
  body(argument);
  threads[current].done = true;
}

static void yield() { swapcontext(&threads[current].context, &scheduler); }

static void runAll(unsigned n) {
  if (threads.size() < n) {
    threads.resize(n);
  }
  for (unsigned t = 0; t < n; t++) {
    Thread& thread = threads[t];
    thread.stack.resize(STACK);
    thread.done = false;
    thread.exchanges = 0;
    getcontext(&thread.context);
    thread.context.uc_stack.ss_sp = thread.stack.data();
    thread.context.uc_stack.ss_size = STACK;
    thread.context.uc_link = &scheduler;
    makecontext(&thread.context, run, 0);
  }
  for (bool left = true; left;) {
    left = false;
    for (unsigned t = 0; t < n; t++) {
      if (!threads[t].done) {
        current = t;
        threadIdx = {t, 0, 0};
        swapcontext(&scheduler, &threads[t].context);
        left |= !threads[t].done;
      }
    }
  }
}

static float exchange(float mine, unsigned with) {
  Thread& thread = threads[current];
  unsigned slot = thread.exchanges++ % 2;
  thread.offered[slot] = mine;
  yield();
  return threads[with].offered[slot];
}
} // namespace block

static void __syncthreads() { block::yield(); }

static float __shfl_down_sync(unsigned, float x, unsigned distance, unsigned width) {
  unsigned lane = threadIdx.x % width;
  return block::exchange(x, lane + distance < width ? threadIdx.x + distance : threadIdx.x);
}

static float __shfl_xor_sync(unsigned, float x, unsigned mask) { return block::exchange(x, threadIdx.x ^ mask); }
