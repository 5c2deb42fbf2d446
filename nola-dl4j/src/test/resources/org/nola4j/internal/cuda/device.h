// What basis.cu needs of CUDA, for a C++ compiler: every thread of a block is a context of its own, and all go on by
// turns from one synchronization to the next. Shared memory is static, because blocks run one after the other.
#include <algorithm>
#include <cstdint>
#include <cstring>
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

// Leaves its place on a stack in *from, and goes on at another. Of x86-64's registers a call keeps these six. Unlike
// swapcontext, it asks nothing of the system: most of a test's time was that.
extern "C" __attribute__((visibility("hidden"))) void switchStacks(void** from, void* to);
asm(R"(
.text
.globl switchStacks
.hidden switchStacks
.type switchStacks, @function
switchStacks:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
.size switchStacks, .-switchStacks
)");

namespace block {
const int STACK = 1 << 16;

struct Thread {
  void* place;
  std::vector<char> stack;
  bool done;
  unsigned exchanges; // so far
  float offered[2];   // the last number and the one before, which others may not have read yet
};

static std::vector<Thread> threads;
static void* scheduler;
static unsigned current;
static void (*body)(void*);
static void* argument;

static void yield() { switchStacks(&threads[current].place, scheduler); }

static void run() {
  body(argument);
  threads[current].done = true;
  yield();
}

/** A stack on which run starts as if called: its address above six registers, and aligned. */
static void* start(std::vector<char>& stack) {
  uintptr_t end = (uintptr_t)(stack.data() + stack.size()) & ~(uintptr_t)15;
  void** place = (void**)end - 8;
  std::fill(place, place + 8, nullptr);
  place[6] = (void*)run;
  return place;
}

static void runAll(unsigned n) {
  if (threads.size() < n) {
    threads.resize(n);
  }
  for (unsigned t = 0; t < n; t++) {
    Thread& thread = threads[t];
    thread.stack.resize(STACK);
    thread.done = false;
    thread.exchanges = 0;
    thread.place = start(thread.stack);
  }
  for (bool left = true; left;) {
    left = false;
    for (unsigned t = 0; t < n; t++) {
      if (!threads[t].done) {
        current = t;
        threadIdx = {t, 0, 0};
        switchStacks(&scheduler, threads[t].place);
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
