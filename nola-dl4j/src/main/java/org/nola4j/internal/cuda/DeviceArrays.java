// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.nativeblas.OpaqueDataBuffer;
import org.nola4j.basis.Basis;
import org.nola4j.basis.BasisKernels;

/**
 * Mixes and projects ND4J's arrays in place on the GPU, in order with ND4J's own operations,
 * without copying or waiting. Arrays are float32, row-major and contiguous.
 */
public final class DeviceArrays {
  private final CudaKernel kernel;
  private final BackendMemory memory;

  DeviceArrays(CudaKernel kernel, BackendMemory memory) {
    this.kernel = kernel;
    this.memory = memory;
  }

  /** The instance if both ND4J and the kernels use a GPU. */
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
   * @param coefficients a vector of {@code count} numbers per basis
   * @param elements arrays of {@code length} numbers, overwritten
   */
  public void mix(List<Basis> bases, List<INDArray> coefficients, List<INDArray> elements) {
    run(coefficients, elements, (from, to) -> kernel.mix(bases, from, to, memory.stream()));
  }

  /**
   * {@code projections[j][i] = <u_i, gradients[j]>} of basis j, in one or two launches per part of
   * the gradients.
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
   * libnd4j's handle to an array's memory; a view's begins at the view. Both backends' buffers have
   * it, but no common type does.
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
