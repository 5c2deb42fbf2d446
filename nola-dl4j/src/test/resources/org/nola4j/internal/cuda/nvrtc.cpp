// Stands in for NVRTC: a C++ compiler makes a library of the text between device.h and launch.h, and its path stands
// for the PTX. STANDIN_FOLDER has the two and takes the library.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace {
struct Program {
  std::string text, library, log;
};
} // namespace

extern "C" {
const char* nvrtcGetErrorString(int error) { return error == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR"; }

int nvrtcCreateProgram(void** program, const char* text, const char*, int, const char* const*, const char* const*) {
  *program = new Program{text, "", ""};
  return 0;
}

int nvrtcDestroyProgram(void** program) {
  delete (Program*)*program;
  return 0;
}

int nvrtcCompileProgram(void* handle, int options, const char* const* option) {
  Program* program = (Program*)handle;
  std::string folder = getenv("STANDIN_FOLDER");
  for (int i = 0; i < options; i++) {
    program->log += std::string(option[i]) + " ";
  }
  if (program->log != "--gpu-architecture=compute_80 --fmad=false ") {
    return 5;
  }
  std::ofstream(folder + "/kernels.cpp")
      << "#include \"device.h\"\n" << program->text << "\n#include \"launch.h\"\n";
  program->library = folder + "/kernels.so";
  std::string command = "g++ -std=c++17 -O2 -ffp-contract=off -fno-strict-aliasing -w -shared -fPIC -o "
      + program->library + " " + folder + "/kernels.cpp 2> " + folder + "/log";
  if (system(command.c_str()) != 0) {
    std::ifstream log(folder + "/log");
    program->log = std::string(std::istreambuf_iterator<char>(log), {});
    return 6;
  }
  return 0;
}

int nvrtcGetProgramLogSize(void* program, size_t* size) {
  *size = ((Program*)program)->log.size() + 1;
  return 0;
}

int nvrtcGetProgramLog(void* program, char* log) {
  strcpy(log, ((Program*)program)->log.c_str());
  return 0;
}

int nvrtcGetPTXSize(void* program, size_t* size) {
  *size = ((Program*)program)->library.size() + 1;
  return 0;
}

int nvrtcGetPTX(void* program, char* ptx) {
  strcpy(ptx, ((Program*)program)->library.c_str());
  return 0;
}
}
