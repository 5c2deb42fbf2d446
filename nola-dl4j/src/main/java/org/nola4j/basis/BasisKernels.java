package org.nola4j.basis;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernels of this machine. */
public final class BasisKernels {
  private static final Logger LOG = LoggerFactory.getLogger(BasisKernels.class);

  /** Initialised on first use, not with the class that logs. */
  private static final class Active {
    static final BasisKernel KERNEL = choose(System.getProperty("nola4j.kernel"));
  }

  private BasisKernels() {}

  /**
   * The kernel in use: the Vector API's where its module is resolved ({@code --add-modules
   * jdk.incubator.vector}), else plain Java. {@code -Dnola4j.kernel=plain|vector} decides
   * otherwise. Which one, and why, is logged once.
   */
  public static BasisKernel active() {
    return Active.KERNEL;
  }

  /** All kernels that run here, the plain one first. */
  public static List<BasisKernel> available() {
    return available(threads());
  }

  /**
   * All kernels that run here, the plain one first, with another number of threads than usual.
   *
   * @param threads at most so many work on one call, at least 1
   */
  public static List<BasisKernel> available(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, but is " + threads);
    }
    List<BasisKernel> kernels = new ArrayList<>();
    kernels.add(new PlainKernel(threads));
    if (vectorModule() && VectorKernel.supported()) {
      kernels.add(new VectorKernel(threads));
    }
    return List.copyOf(kernels);
  }

  /** Threads that a kernel call uses when it is large enough: {@code -Dnola4j.threads}. */
  public static int threads() {
    return Workers.THREADS;
  }

  private static BasisKernel choose(String wanted) {
    List<BasisKernel> available = available();
    BasisKernel best = available.get(available.size() - 1);
    if (wanted == null) {
      LOG.info(
          "basis kernel {}, {} threads{}",
          best.name(),
          threads(),
          vectorModule()
              ? ""
              : " (--add-modules jdk.incubator.vector would be several times faster)");
      return best;
    }
    for (BasisKernel kernel : available) {
      if (kernel.name().equals(wanted) || kernel.name().startsWith(wanted + "-")) {
        LOG.info("basis kernel {}, as -Dnola4j.kernel={} asks", kernel.name(), wanted);
        return kernel;
      }
    }
    LOG.warn(
        "-Dnola4j.kernel={} is not to be had here, only {}: using {}",
        wanted,
        available.stream().map(BasisKernel::name).toList(),
        best.name());
    return best;
  }

  private static boolean vectorModule() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }
}
