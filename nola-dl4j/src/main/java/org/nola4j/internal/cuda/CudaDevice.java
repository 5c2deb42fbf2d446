// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.nola4j.internal.cuda.CudaErrors.check;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.nola4j.basis.KernelUnavailableException;

/**
 * A GPU with the kernels loaded. It works in the device's primary context, which the CUDA runtime,
 * and so ND4J, also uses: addresses of either are valid for both.
 */
final class CudaDevice {
  /** The newest architecture that NVRTC 11.6 supports; drivers of newer GPUs compile it further. */
  private static final int NEWEST_PTX = 80;

  /** The oldest that NVRTC 11.6 compiles for. */
  private static final int OLDEST = 35;

  private final String name;
  private final int capability;
  private final int multiprocessors;
  private final double gigahertz;
  private final double gigabytesPerSecond;
  private final CUctx_st context;
  private final CUmod_st module;
  private final CUstream_st stream;
  private final Map<String, CUfunc_st> functions = new HashMap<>();

  private CudaDevice(int ordinal, PtxCompiler compiler) throws KernelUnavailableException {
    int[] device = new int[1];
    check(cudart.cuDeviceGet(device, ordinal), "take device " + ordinal);
    name = name(device[0]);
    capability =
        10 * attribute(device[0], cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
            + attribute(device[0], cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    multiprocessors = attribute(device[0], cudart.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    gigahertz = attribute(device[0], cudart.CU_DEVICE_ATTRIBUTE_CLOCK_RATE) * 1e-6;
    gigabytesPerSecond =
        2e-6
            * attribute(device[0], cudart.CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE)
            * attribute(device[0], cudart.CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH)
            / Byte.SIZE;
    if (capability < OLDEST) {
      throw new KernelUnavailableException(
          "the GPU %s has compute capability %s, but the kernels need 3.5 or more"
              .formatted(name, dotted(capability)));
    }
    context = new CUctx_st();
    check(cudart.cuDevicePrimaryCtxRetain(context, device[0]), "use " + name);
    makeCurrent();
    module = load(compiler);
    stream = new CUstream_st();
    check(cudart.cuStreamCreate(stream, cudart.CU_STREAM_NON_BLOCKING), "make a stream");
  }

  /**
   * Opens a GPU.
   *
   * @throws KernelUnavailableException if no GPU can run the kernels
   */
  static CudaDevice open(int ordinal, PtxCompiler compiler) throws KernelUnavailableException {
    try {
      int result = cudart.cuInit(0);
      if (result != cudart.CUDA_SUCCESS) {
        throw new KernelUnavailableException(
            "NVIDIA's driver finds nothing to work with: " + CudaErrors.describe(result));
      }
      return new CudaDevice(ordinal, compiler);
    } catch (LinkageError e) {
      throw new KernelUnavailableException(
          ("a library is missing (%s); needed are org.bytedeco:cuda with its classifier for this"
                  + " platform, NVIDIA's driver (libcuda), and of CUDA 11 the runtime (libcudart)"
                  + " and, for the first start, libnvrtc")
              .formatted(rootMessage(e)),
          e);
    } catch (IllegalStateException e) {
      throw new KernelUnavailableException(e.getMessage(), e);
    }
  }

  String name() {
    return name;
  }

  /** For instance {@code sm_90}. */
  String architecture() {
    return "sm_" + capability;
  }

  int multiprocessors() {
    return multiprocessors;
  }

  /** The highest clock rate. */
  double gigahertz() {
    return gigahertz;
  }

  /** The peak memory bandwidth: two transfers per clock. */
  double gigabytesPerSecond() {
    return gigabytesPerSecond;
  }

  /** A separate stream for the kernels, which waits for no other. */
  CUstream_st stream() {
    return stream;
  }

  /** Makes the device current for the calling thread. */
  void makeCurrent() {
    check(cudart.cuCtxSetCurrent(context), "switch to " + name);
  }

  /** Launches a kernel whose only argument is a structure. */
  void launch(Launch launch, Pointer argument, CUstream_st on) {
    try (PointerPointer<Pointer> arguments = new PointerPointer<>(new Pointer[] {argument})) {
      check(
          cudart.cuLaunchKernel(
              function(launch.kernel()),
              launch.gridX(),
              launch.gridY(),
              launch.gridZ(),
              launch.threads(),
              1,
              1,
              0,
              on,
              arguments,
              (PointerPointer<?>) null),
          "start " + launch);
    }
  }

  private CUfunc_st function(String kernel) {
    return functions.computeIfAbsent(
        kernel,
        name -> {
          CUfunc_st function = new CUfunc_st();
          check(cudart.cuModuleGetFunction(function, module, name), "find the kernel " + name);
          return function;
        });
  }

  private CUmod_st load(PtxCompiler compiler) throws KernelUnavailableException {
    byte[] ptx =
        compiler.compile(KernelSource.read(), "compute_" + Math.min(capability, NEWEST_PTX));
    try (BytePointer code = new BytePointer(ptx)) {
      CUmod_st loaded = new CUmod_st();
      int result = cudart.cuModuleLoadData(loaded, code);
      if (result == cudart.CUDA_ERROR_UNSUPPORTED_PTX_VERSION) {
        throw new KernelUnavailableException(
            "the driver serves CUDA "
                + driverVersion()
                + " and is too old for kernels compiled by this NVRTC; a newer driver helps");
      }
      check(result, "load the kernels for " + name);
      return loaded;
    }
  }

  private static String driverVersion() {
    int[] version = new int[1];
    check(cudart.cuDriverGetVersion(version), "say its version");
    return version[0] / 1000 + "." + version[0] % 1000 / 10;
  }

  private static String name(int device) {
    byte[] name = new byte[256];
    check(cudart.cuDeviceGetName(name, name.length, device), "say the GPU's name");
    String text = new String(name, StandardCharsets.UTF_8);
    return text.substring(0, text.indexOf('\0'));
  }

  private static int attribute(int device, int attribute) {
    int[] value = new int[1];
    check(cudart.cuDeviceGetAttribute(value, attribute, device), "describe the GPU");
    return value[0];
  }

  private static String dotted(int capability) {
    return capability / 10 + "." + capability % 10;
  }

  /** The loader's message about the missing library. */
  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage()).lines().findFirst().orElse(root.toString());
  }
}
