// Stands in for NVIDIA's driver (libcuda.so.1): its device is the CPU, its code what the stand-in for NVRTC made, and
// its memory ends at a page that nobody may touch. The environment says what is wrong with it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <sys/mman.h>

namespace {
const size_t PAGE = 4096;
std::map<uint64_t, std::pair<void*, size_t>> mapped;

int setting(const char* name, int otherwise) {
  const char* value = getenv(name);
  return value ? atoi(value) : otherwise;
}

struct Module {
  void* library;
};

struct Function {
  void* launch;
  void* kernel;
};
} // namespace

extern "C" {
int cuInit(unsigned) { return setting("STANDIN_INIT", 0); }
int cuDriverGetVersion(int* version) { *version = 11040; return 0; }
int cuDeviceGet(int* device, int ordinal) { *device = ordinal; return ordinal == 0 ? 0 : 101; }
int cuDeviceGetName(char* name, int length, int) { snprintf(name, length, "Stand-in"); return 0; }
int cuDevicePrimaryCtxRetain(void** context, int) { *context = (void*)1; return 0; }
int cuCtxSetCurrent(void* context) { return context == (void*)1 ? 0 : 201; }
int cuStreamCreate(void** stream, unsigned) { *stream = (void*)2; return 0; }
int cuStreamSynchronize(void*) { return 0; }
int cuCtxSynchronize() { return 0; }

int cuDeviceGetAttribute(int* value, int attribute, int) {
  int capability = setting("STANDIN_CAPABILITY", 90);
  *value = attribute == 75 ? capability / 10
      : attribute == 76 ? capability % 10
      : attribute == 16 ? setting("STANDIN_MULTIPROCESSORS", 132)
      : attribute == 13 ? 1980000 // kHz
      : attribute == 36 ? 2619000 // kHz
      : attribute == 37 ? 5120 // bits
      : -1;
  return 0;
}

int cuGetErrorName(int error, const char** name) {
  *name = error == 100 ? "CUDA_ERROR_NO_DEVICE" : "CUDA_ERROR_OTHER";
  return 0;
}

int cuGetErrorString(int error, const char** text) {
  *text = error == 100 ? "no CUDA-capable device is detected" : "something else";
  return 0;
}

int cuModuleLoadData(void** module, const void* image) {
  if (int error = setting("STANDIN_LOAD", 0)) {
    return error;
  }
  void* library = dlopen((const char*)image, RTLD_NOW);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    return 218;
  }
  *module = new Module{library};
  return 0;
}

int cuModuleGetFunction(void** function, void* module, const char* name) {
  void* library = ((Module*)module)->library;
  void* kernel = dlsym(library, name);
  if (!kernel) {
    return 500;
  }
  *function = new Function{dlsym(library, "launchBlocks"), kernel};
  return 0;
}

int cuMemAlloc_v2(uint64_t* address, size_t bytes) {
  size_t pages = (bytes + PAGE - 1) / PAGE * PAGE;
  char* start = (char*)mmap(0, pages + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) {
    return 2;
  }
  mprotect(start + pages, PAGE, PROT_NONE);
  memset(start, 0xFF, pages); // NaN
  *address = (uint64_t)(start + pages - bytes);
  mapped[*address] = {start, pages + PAGE};
  return 0;
}

int cuMemsetD32_v2(uint64_t address, unsigned value, size_t n) {
  for (size_t i = 0; i < n; i++) {
    ((unsigned*)address)[i] = value;
  }
  return 0;
}

int cuMemFree_v2(uint64_t address) {
  auto at = mapped.find(address);
  if (at == mapped.end()) {
    return 1;
  }
  munmap(at->second.first, at->second.second);
  mapped.erase(at);
  return 0;
}

int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void*) {
  memcpy((void*)to, from, bytes);
  return 0;
}

int cuMemcpyHtoD_v2(uint64_t to, const void* from, size_t bytes) {
  memcpy((void*)to, from, bytes);
  return 0;
}

int cuMemcpyDtoH_v2(void* to, uint64_t from, size_t bytes) {
  memcpy(to, (const void*)from, bytes);
  return 0;
}

int cuLaunchKernel(
    void* function, unsigned x, unsigned y, unsigned z, unsigned threads, unsigned, unsigned, unsigned, void*,
    void** arguments, void**) {
  if (y > 65535 || z > 65535 || x == 0 || y == 0 || z == 0 || threads > 1024) {
    return 1;
  }
  auto launch = (void (*)(void*, const void*, unsigned, unsigned, unsigned, unsigned))((Function*)function)->launch;
  launch(((Function*)function)->kernel, arguments[0], x, y, z, threads);
  return 0;
}
}
