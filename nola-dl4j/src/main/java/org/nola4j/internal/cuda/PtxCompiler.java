// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.nola4j.internal.cuda.CudaErrors.checkCompiler;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.nola4j.internal.io.AtomicFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiles the kernels' source to PTX, once per source and architecture. The result is cached in
 * {@code ~/.nola4j/cuda} or {@code -Dnola4j.cuda.cache=DIR} and used from there even without NVRTC.
 */
final class PtxCompiler {
  private static final Logger LOG = LoggerFactory.getLogger(PtxCompiler.class);

  private final Path cache;

  PtxCompiler(Path cache) {
    this.cache = cache;
  }

  static PtxCompiler ofUser() {
    String folder = System.getProperty("nola4j.cuda.cache");
    return new PtxCompiler(
        folder != null
            ? Path.of(folder)
            : Path.of(System.getProperty("user.home"), ".nola4j", "cuda"));
  }

  /**
   * The PTX of a source.
   *
   * @param architecture for instance {@code compute_80}
   */
  byte[] compile(String text, String architecture) {
    Path file = cache.resolve("basis-%s-%s.ptx".formatted(KernelSource.digest(text), architecture));
    try {
      if (Files.exists(file)) {
        return Files.readAllBytes(file);
      }
    } catch (IOException e) {
      LOG.warn("cannot read {}, compiling again: {}", file, e.toString());
    }
    byte[] ptx = compileNow(text, architecture);
    keep(ptx, file);
    return ptx;
  }

  private void keep(byte[] ptx, Path file) {
    try {
      Files.createDirectories(cache);
      AtomicFile.write(file, sink -> sink.write(ByteBuffer.wrap(ptx)));
    } catch (IOException e) {
      LOG.warn("cannot keep compiled kernels in {}, only slower next time: {}", file, e.toString());
    }
  }

  private static byte[] compileNow(String text, String architecture) {
    try (_nvrtcProgram program = new _nvrtcProgram();
        BytePointer source = new BytePointer(text);
        BytePointer name = new BytePointer("basis.cu");
        BytePointer target = new BytePointer("--gpu-architecture=" + architecture);
        BytePointer noFusing = new BytePointer("--fmad=false");
        PointerPointer<BytePointer> options = new PointerPointer<>(target, noFusing)) {
      checkCompiler(
          nvrtc.nvrtcCreateProgram(
              program, source, name, 0, (PointerPointer<?>) null, (PointerPointer<?>) null),
          "take the kernels' text");
      try {
        int result = nvrtc.nvrtcCompileProgram(program, 2, options);
        if (result != nvrtc.NVRTC_SUCCESS) {
          throw new IllegalStateException(
              "NVRTC could not compile the kernels for " + architecture + ":\n" + log(program));
        }
        return ptx(program);
      } finally {
        nvrtc.nvrtcDestroyProgram(program);
      }
    }
  }

  private static String log(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      checkCompiler(nvrtc.nvrtcGetProgramLogSize(program, size), "say what is wrong");
      byte[] log = new byte[(int) size.get()];
      checkCompiler(nvrtc.nvrtcGetProgramLog(program, log), "say what is wrong");
      return text(log);
    }
  }

  /** Including the terminating zero, which the driver requires. */
  private static byte[] ptx(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      checkCompiler(nvrtc.nvrtcGetPTXSize(program, size), "give the PTX");
      byte[] ptx = new byte[(int) size.get()];
      checkCompiler(nvrtc.nvrtcGetPTX(program, ptx), "give the PTX");
      return ptx;
    }
  }

  private static String text(byte[] zeroEnded) {
    return new String(zeroEnded, StandardCharsets.UTF_8).replace("\0", "").strip();
  }
}
