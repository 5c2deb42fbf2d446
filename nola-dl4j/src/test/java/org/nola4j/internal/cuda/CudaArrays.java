// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.nola4j.internal.cuda.CudaErrors.check;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.FloatPointer;

/** Arrays in the device's memory, as a backend would have them. */
final class CudaArrays {
  private CudaArrays() {}

  /** Puts arrays on the device, each in memory of its own, and gets results of a length back. */
  static List<float[]> compute(
      List<float[]> inputs, int length, BiConsumer<List<Long>, List<Long>> operation) {
    List<Long> from = new ArrayList<>();
    List<Long> to = new ArrayList<>();
    for (float[] input : inputs) {
      long address = allocate(input.length);
      try (FloatPointer host = new FloatPointer(input)) {
        check(cudart.cuMemcpyHtoD(address, host, (long) input.length * Float.BYTES), "copy");
      }
      from.add(address);
      to.add(allocate(length));
    }
    operation.accept(from, to);
    check(cudart.cuCtxSynchronize(), "compute");
    List<float[]> results = new ArrayList<>();
    for (long address : to) {
      float[] result = new float[length];
      try (FloatPointer host = new FloatPointer((long) length)) {
        check(cudart.cuMemcpyDtoH(host, address, (long) length * Float.BYTES), "copy");
        host.get(result);
      }
      results.add(result);
      check(cudart.cuMemFree(address), "free");
    }
    from.forEach(address -> check(cudart.cuMemFree(address), "free"));
    return results;
  }

  private static long allocate(int floats) {
    long[] address = new long[1];
    check(cudart.cuMemAlloc(address, (long) floats * Float.BYTES), "allocate");
    return address[0];
  }
}
