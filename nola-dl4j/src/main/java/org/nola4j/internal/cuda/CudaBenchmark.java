// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.nola4j.internal.cuda.CudaErrors.check;

import java.util.List;
import org.bytedeco.cuda.global.cudart;
import org.nola4j.basis.Basis;
import org.nola4j.basis.Distribution;
import org.nola4j.basis.KernelUnavailableException;

/**
 * Runs the kernels on arrays that stay on the GPU, to measure their cost in a network that computes
 * there. The arrays are zeros, which does not affect the speed of any kernel. Not thread-safe.
 */
public final class CudaBenchmark implements AutoCloseable {
  private final CudaKernel kernel;
  private final DeviceMemory vector = new DeviceMemory();
  private final DeviceMemory elements = new DeviceMemory();
  private final DeviceMemory stored = new DeviceMemory();

  private CudaBenchmark(CudaKernel kernel) {
    this.kernel = kernel;
  }

  /**
   * On the GPU that the kernel {@code cuda} uses.
   *
   * @throws KernelUnavailableException if there is none
   */
  public static CudaBenchmark open() throws KernelUnavailableException {
    return new CudaBenchmark(CudaProvider.shared());
  }

  /** The kernel's name. */
  public String kernel() {
    return kernel.name();
  }

  /** The GPU's name and limits. */
  public String device() {
    CudaDevice device = kernel.device();
    return "%s, %d multiprocessors at %.2f GHz, memory %,.0f GB/s"
        .formatted(
            device.name(),
            device.multiprocessors(),
            device.gigahertz(),
            device.gigabytesPerSecond());
  }

  /** The peak memory bandwidth. */
  public double gigabytesPerSecond() {
    return kernel.device().gigabytesPerSecond();
  }

  /** Peak 32-bit integer operations per second: 64 per multiprocessor and clock. */
  public double gigaIntegerOperations() {
    return 64.0 * kernel.device().multiprocessors() * kernel.device().gigahertz();
  }

  /** Runs this many mixes and waits for the last. */
  public Runnable mix(Basis basis, int times) {
    long from = zeros(vector, basis.count());
    long to = zeros(elements, basis.length());
    return repeat(
        times,
        () -> kernel.mix(List.of(basis), List.of(from), List.of(to), kernel.device().stream()));
  }

  /** Runs this many projections and waits for the last. */
  public Runnable project(Basis basis, int times) {
    long from = zeros(elements, basis.length());
    long to = zeros(vector, basis.count());
    return repeat(
        times,
        () -> kernel.project(List.of(basis), List.of(from), List.of(to), kernel.device().stream()));
  }

  /**
   * Mixes a basis that is stored on the device.
   *
   * @param half as float16, else as float32
   * @param length a multiple of 4
   */
  public Runnable mixStored(boolean half, int count, int length, int times) {
    Basis shape = new Basis(0, Distribution.UNIFORM, count, length);
    long basis = zeros(stored, shape.elements() / (half ? 2 : 1));
    long from = zeros(vector, count);
    long to = zeros(elements, length);
    String name = half ? "mix_stored_float16" : "mix_stored_float32";
    return repeat(
        times, () -> kernel.mixStored(shape, name, basis, from, to, kernel.device().stream()));
  }

  private Runnable repeat(int times, Runnable start) {
    return () -> {
      for (int i = 0; i < times; i++) {
        start.run();
      }
      check(cudart.cuStreamSynchronize(kernel.device().stream()), "compute");
    };
  }

  private long zeros(DeviceMemory memory, long floats) {
    kernel.device().makeCurrent();
    long address = memory.ofBytes(floats * Float.BYTES);
    check(cudart.cuMemsetD32(address, 0, floats), "clear device memory");
    return address;
  }

  @Override
  public void close() {
    kernel.device().makeCurrent();
    vector.free();
    elements.free();
    stored.free();
  }
}
