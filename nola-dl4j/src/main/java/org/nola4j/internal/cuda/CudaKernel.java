// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.nola4j.internal.cuda.CudaErrors.check;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.nola4j.basis.Basis;
import org.nola4j.basis.BasisKernel;
import org.nola4j.basis.KernelUnavailableException;
import org.nola4j.internal.basis.Checks;

/**
 * Generates bases on a GPU. Java arrays are copied to it and back, one number per vector and one
 * per element; the methods that take addresses copy nothing.
 *
 * <p>Each call with Java arrays has exclusive use of the device until its results are available. It
 * keeps, on the device, 4 bytes for each coefficient and element of the largest call, and for
 * {@code project} up to 64 MiB of partial sums.
 */
final class CudaKernel implements BasisKernel {
  /** Inner products with single tiles that are in memory at a time: 64 MiB. */
  private static final long MOST_PARTIALS = 1 << 24;

  private static final int LONGS_PER_JOB = 3;
  private static final int CALL_BYTES = 64;

  private final CudaDevice device;
  private final Map<Long, Scratch> scratches = new HashMap<>();
  private final DeviceMemory vectors = new DeviceMemory();
  private final DeviceMemory elements = new DeviceMemory();
  private final long mostPartials;

  /**
   * A kernel on a GPU.
   *
   * @param mostPartials inner products with single tiles that are in memory at a time
   */
  CudaKernel(CudaDevice device, long mostPartials) {
    this.device = device;
    this.mostPartials = mostPartials;
  }

  /**
   * A kernel on a GPU.
   *
   * @throws KernelUnavailableException if no GPU can run it
   */
  static CudaKernel open(int ordinal, PtxCompiler compiler) throws KernelUnavailableException {
    return new CudaKernel(CudaDevice.open(ordinal, compiler), MOST_PARTIALS);
  }

  /** Buffers of one stream, whose calls run in order. */
  private static final class Scratch {
    final DeviceMemory jobs = new DeviceMemory();
    final DeviceMemory partials = new DeviceMemory();
    final DeviceMemory sums = new DeviceMemory();
  }

  @Override
  public String name() {
    return "cuda-" + device.architecture();
  }

  CudaDevice device() {
    return device;
  }

  @Override
  public void mix(Basis basis, float[] coefficients, float[] out) {
    mix(basis, List.of(coefficients), List.of(out));
  }

  @Override
  public void project(Basis basis, float[] gradient, float[] out) {
    project(basis, List.of(gradient), List.of(out));
  }

  @Override
  public synchronized void mix(Basis basis, List<float[]> coefficients, List<float[]> out) {
    Checks.sizes(basis.count(), basis.length(), coefficients, out, "coefficients", "out");
    if (out.isEmpty()) {
      return;
    }
    device.makeCurrent();
    List<Long> inputs = upload(vectors, coefficients);
    List<Long> outputs = reserve(elements, out.size(), basis.length());
    mix(Collections.nCopies(out.size(), basis), inputs, outputs, device.stream());
    download(outputs, out);
  }

  @Override
  public synchronized void project(Basis basis, List<float[]> gradients, List<float[]> out) {
    Checks.sizes(basis.count(), basis.length(), out, gradients, "out", "gradient");
    if (out.isEmpty()) {
      return;
    }
    device.makeCurrent();
    List<Long> inputs = upload(elements, gradients);
    List<Long> outputs = reserve(vectors, out.size(), basis.count());
    project(Collections.nCopies(out.size(), basis), inputs, outputs, device.stream());
    download(outputs, out);
  }

  /**
   * Starts mixes that share one plan.
   *
   * @param bases of one distribution, scale, count and length
   * @param coefficients addresses on the device of float32 numbers
   * @param out addresses on the device of as many other ones
   * @param stream on which this is queued
   */
  synchronized void mix(
      List<Basis> bases, List<Long> coefficients, List<Long> out, CUstream_st stream) {
    Basis shape = bases.get(0);
    LaunchPlan plan = LaunchPlan.mix(shape, bases.size(), device.multiprocessors(), mostPartials);
    run(plan, bases, coefficients, out, stream);
  }

  /**
   * Starts projections, as {@link #mix(List, List, List, CUstream_st)}; large gradients are
   * processed part by part.
   */
  synchronized void project(
      List<Basis> bases, List<Long> gradients, List<Long> out, CUstream_st stream) {
    Basis shape = bases.get(0);
    LaunchPlan plan =
        LaunchPlan.project(shape, bases.size(), device.multiprocessors(), mostPartials);
    run(plan, bases, gradients, out, stream);
  }

  private void run(
      LaunchPlan plan,
      List<Basis> bases,
      List<Long> inputs,
      List<Long> outputs,
      CUstream_st stream) {
    device.makeCurrent();
    Scratch scratch = scratch(stream);
    Call call =
        new Call(
            bases.get(0),
            jobs(bases, inputs, outputs, stream),
            scratch.partials.ofBytes(plan.partialBytes()),
            scratch.sums.ofBytes(plan.sumBytes()));
    plan.steps().forEach(step -> run(step, call, stream));
  }

  /**
   * Starts a mix of a basis that is stored on the device, for comparison.
   *
   * @param shape what is stored, except for its elements
   * @param kernel of {@code basis.cu}
   * @param stored its address
   */
  synchronized void mixStored(
      Basis shape, String kernel, long stored, long coefficients, long out, CUstream_st stream) {
    device.makeCurrent();
    long jobs = jobs(List.of(shape), List.of(coefficients), List.of(out), stream);
    Launch launch = new Launch(kernel, (shape.length() / 4 + 127) / 128, 1, 1, 128);
    run(LaunchPlan.Step.whole(launch), new Call(shape, jobs, stored, 0), stream);
  }

  /** The arguments common to all launches of one operation. */
  private record Call(Basis basis, long jobs, long partials, long sums) {}

  /** Launches a kernel; the driver copies its argument at once. */
  private void run(LaunchPlan.Step step, Call call, CUstream_st stream) {
    Basis basis = call.basis();
    try (BytePointer argument = new BytePointer(CALL_BYTES)) {
      argument
          .asByteBuffer()
          .order(ByteOrder.nativeOrder())
          .putLong(call.jobs())
          .putLong(call.partials())
          .putLong(call.sums())
          .putFloat(basis.scale())
          .putInt(basis.count())
          .putInt(basis.length())
          .putInt(step.fromTile())
          .putInt(step.tiles())
          .putInt(step.last() ? 1 : 0)
          .putInt(Launch.block(basis))
          .putInt(step.distance())
          .putFloat(basis.magnitude());
      device.launch(step.launch(), argument, stream);
    }
  }

  /** Writes the table of jobs; returns its address. */
  private long jobs(List<Basis> bases, List<Long> inputs, List<Long> outputs, CUstream_st stream) {
    long[] table = new long[LONGS_PER_JOB * bases.size()];
    for (int job = 0; job < bases.size(); job++) {
      table[LONGS_PER_JOB * job] = bases.get(job).seed();
      table[LONGS_PER_JOB * job + 1] = inputs.get(job);
      table[LONGS_PER_JOB * job + 2] = outputs.get(job);
    }
    long bytes = (long) table.length * Long.BYTES;
    long address = scratch(stream).jobs.ofBytes(bytes);
    try (LongPointer host = new LongPointer(table)) {
      // From pageable memory: the driver has its copy when this returns.
      check(cudart.cuMemcpyHtoDAsync(address, host, bytes, stream), "copy to the device");
    }
    return address;
  }

  private Scratch scratch(CUstream_st stream) {
    return scratches.computeIfAbsent(
        Pointer.isNull(stream) ? 0 : stream.address(), key -> new Scratch());
  }

  private static List<Long> reserve(DeviceMemory memory, int arrays, int length) {
    long each = (long) length * Float.BYTES;
    long address = memory.ofBytes(arrays * each);
    List<Long> addresses = new ArrayList<>();
    for (int i = 0; i < arrays; i++) {
      addresses.add(address + i * each);
    }
    return addresses;
  }

  private List<Long> upload(DeviceMemory memory, List<float[]> arrays) {
    List<Long> addresses = reserve(memory, arrays.size(), arrays.get(0).length);
    for (int i = 0; i < arrays.size(); i++) {
      try (FloatPointer host = new FloatPointer(arrays.get(i))) {
        long bytes = (long) arrays.get(i).length * Float.BYTES;
        check(
            cudart.cuMemcpyHtoDAsync(addresses.get(i), host, bytes, device.stream()),
            "copy to the device");
      }
    }
    return addresses;
  }

  private void download(List<Long> addresses, List<float[]> arrays) {
    check(cudart.cuStreamSynchronize(device.stream()), "compute");
    for (int i = 0; i < arrays.size(); i++) {
      float[] array = arrays.get(i);
      try (FloatPointer host = new FloatPointer((long) array.length)) {
        check(
            cudart.cuMemcpyDtoH(host, addresses.get(i), (long) array.length * Float.BYTES),
            "copy from the device");
        host.get(array);
      }
    }
  }
}
