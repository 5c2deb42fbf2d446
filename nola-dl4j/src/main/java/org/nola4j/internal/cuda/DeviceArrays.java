// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.nativeblas.OpaqueDataBuffer;
import org.nola4j.basis.Basis;
import org.nola4j.basis.BasisKernels;

/**
 * Mixes and projects ND4J's arrays where they are, on the GPU, in the order of ND4J's own
 * operations: nothing is copied and nothing waited for. Arrays are float32, row-major and
 * contiguous.
 */
public final class DeviceArrays {
  private final CudaKernel kernel;
  private final Memory memory;

  DeviceArrays(CudaKernel kernel, Memory memory) {
    this.kernel = kernel;
    this.memory = memory;
  }

  /** Where a backend keeps its arrays for the device, and in which order it works on them. */
  interface Memory {
    /** The address of what is to be read, up to date. */
    long read(OpaqueDataBuffer buffer);

    /** The address of what is to be written. */
    long write(OpaqueDataBuffer buffer);

    /** The kernels that read and write these have been started. */
    void started(List<OpaqueDataBuffer> read, List<OpaqueDataBuffer> written);

    CUstream_st stream();
  }

  /** Where ND4J computes on a GPU and the kernels do as well. */
  public static Optional<DeviceArrays> active() {
    return Active.arrays;
  }

  /** Decided on first use. */
  private static final class Active {
    static Optional<DeviceArrays> arrays =
        CudaBackend.active() && BasisKernels.active() instanceof CudaKernel cuda
            ? Optional.of(new DeviceArrays(cuda, new CudaBackend.Memory()))
            : Optional.empty();
  }

  /** For tests, which have no CUDA backend. */
  static void activate(DeviceArrays arrays) {
    Active.arrays = Optional.of(arrays);
  }

  /**
   * {@code elements[j] = sum_i coefficients[j][i] * u_i} of basis j, in one launch.
   *
   * @param bases of one distribution, scale, count and length; seeds may differ
   * @param coefficients a vector of {@code count} numbers a basis
   * @param elements arrays of {@code length} numbers, overwritten
   */
  public void mix(List<Basis> bases, List<INDArray> coefficients, List<INDArray> elements) {
    run(coefficients, elements, (from, to) -> kernel.mix(bases, from, to, memory.stream()));
  }

  /**
   * {@code projections[j][i] = <u_i, gradients[j]>} of basis j, in one launch or two a part of the
   * gradients.
   */
  public void project(List<Basis> bases, List<INDArray> gradients, List<INDArray> projections) {
    run(gradients, projections, (from, to) -> kernel.project(bases, from, to, memory.stream()));
  }

  private void run(
      List<INDArray> from, List<INDArray> to, BiConsumer<List<Long>, List<Long>> operation) {
    List<OpaqueDataBuffer> inputs = from.stream().map(DeviceArrays::buffer).toList();
    List<OpaqueDataBuffer> outputs = to.stream().map(DeviceArrays::buffer).toList();
    operation.accept(
        inputs.stream().map(memory::read).toList(), outputs.stream().map(memory::write).toList());
    memory.started(inputs, outputs);
  }

  /**
   * What libnd4j knows of an array's memory; a view's begins at the view. Both backends' buffers
   * have it, but no type that they share does.
   */
  static OpaqueDataBuffer buffer(INDArray array) {
    if (array.dataType() != DataType.FLOAT
        || array.ordering() != 'c'
        || array.elementWiseStride() != 1) {
      throw new IllegalArgumentException(
          "expected a contiguous row-major float32 array, found " + array.shapeInfoToString());
    }
    Object data = array.data();
    try {
      return (OpaqueDataBuffer) data.getClass().getMethod("getOpaqueDataBuffer").invoke(data);
    } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(
          "this ND4J's " + data.getClass().getName() + " does not say where its memory is", e);
    }
  }
}
