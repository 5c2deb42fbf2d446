package org.nola4j.cuda;

import static org.nola4j.cuda.CudaErrors.check;

import org.bytedeco.cuda.global.cudart;

/** Memory of the device that grows as it is asked for more, and is never given back. */
final class DeviceMemory {
  private long address;
  private long bytes;

  /** The address of at least so many bytes; what was there may be gone. */
  long ofBytes(long wanted) {
    if (wanted > bytes) {
      if (bytes > 0) {
        check(cudart.cuMemFree(address), "free device memory");
        bytes = 0;
      }
      long[] allocated = new long[1];
      check(cudart.cuMemAlloc(allocated, wanted), "allocate %,d bytes".formatted(wanted));
      address = allocated[0];
      bytes = wanted;
    }
    return address;
  }
}
