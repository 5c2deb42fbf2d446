// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import java.util.List;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.nd4j.nativeblas.OpaqueDataBuffer;

/** ND4J's CUDA backend: whether it is in use, whether it works, and its stream. */
public final class CudaBackend {
  private static final String BACKEND = "org.nd4j.linalg.jcublas.JCublasBackend";

  private CudaBackend() {}

  /**
   * Whether ND4J computes on a GPU. Does not start ND4J if its CUDA backend is not on the class
   * path.
   */
  public static boolean active() {
    return onClassPath() && Nd4j.getBackend().getClass().getName().equals(BACKEND);
  }

  /**
   * Computes a sum on ND4J's GPU, if that is what ND4J uses: its backend is chosen wherever there
   * is any GPU, and then fails at the first operation on one that it has no machine code for.
   *
   * @throws IllegalStateException if the GPU cannot be used; the message says what helps
   */
  public static void verify() {
    if (!onClassPath()) {
      return;
    }
    Throwable failure = null;
    try {
      if (!active() || Nd4j.ones(2, 3).sumNumber().intValue() == 6) {
        return;
      }
    } catch (RuntimeException | LinkageError e) {
      failure = e;
    }
    throw new IllegalStateException(
        "ND4J's CUDA backend is on the class path and cannot compute on this machine's GPU"
            + (failure == null ? "" : " (" + failure + ")")
            + ". nd4j-cuda-11.6 serves compute capability 3.7 to 8.9, not Hopper and newer: use a"
            + " build for this GPU (-Dnd4j.cuda.artifactId=... -Dnd4j.version=...), or"
            + " BACKEND_PRIORITY_CPU=200 in the environment for networks on the CPU, with"
            + " -Dnola4j.kernel=cuda for bases on the GPU",
        failure);
  }

  /** The device that the calling thread's arrays are on. */
  static int device() {
    return ops().getDevice();
  }

  /** ND4J's arrays in the memory of its GPU. */
  static final class Memory implements BackendMemory {
    @Override
    public long read(OpaqueDataBuffer buffer) {
      buffer.syncToSpecial();
      return write(buffer);
    }

    @Override
    public long write(OpaqueDataBuffer buffer) {
      Pointer address = buffer.specialBuffer();
      if (Pointer.isNull(address)) {
        throw new IllegalStateException("an array of ND4J's has no memory on the GPU");
      }
      return address.address();
    }

    @Override
    public void started(List<OpaqueDataBuffer> read, List<OpaqueDataBuffer> written) {
      read.forEach(ops()::dbTickDeviceRead);
      written.forEach(ops()::dbTickDeviceWrite);
    }

    /** The stream of the calling thread's operations. */
    @Override
    public CUstream_st stream() {
      Pointer holder = ops().lcExecutionStream(ops().defaultLaunchContext());
      return new CUstream_st(new PointerPointer<>(holder).get(0));
    }
  }

  private static NativeOps ops() {
    return NativeOpsHolder.getInstance().getDeviceNativeOps();
  }

  private static boolean onClassPath() {
    try {
      Class.forName(BACKEND, false, CudaBackend.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
