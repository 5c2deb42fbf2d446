// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernels available on this machine. */
public final class BasisKernels {
  private static final Logger LOG = LoggerFactory.getLogger(BasisKernels.class);

  /** Initialized on first use, not with the class that logs. */
  private static final class Active {
    static final BasisKernel KERNEL = choose(System.getProperty("nola4j.kernel"));
  }

  private BasisKernels() {}

  /**
   * The kernel in use: the GPU's where networks compute on a GPU, else the Vector API's where its
   * module is resolved ({@code --add-modules jdk.incubator.vector}), else plain Java. {@code
   * -Dnola4j.kernel=plain|vector|cuda} overrides this. The choice and its reason are logged once.
   */
  public static BasisKernel active() {
    return Active.KERNEL;
  }

  /** All kernels that run on the CPU here, the plain one first. */
  public static List<BasisKernel> available() {
    return available(threads());
  }

  /**
   * All kernels that run on the CPU here, the plain one first, with a given number of threads.
   *
   * @param threads maximum number of threads per call, at least 1
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

  /**
   * A kernel by its name, {@code plain}, {@code vector} or {@code cuda}, with the default number of
   * threads.
   *
   * @throws KernelUnavailableException if there is no such kernel, or it is not available on this
   *     machine
   */
  public static BasisKernel named(String name) throws KernelUnavailableException {
    List<BasisKernel> available = available();
    for (BasisKernel kernel : available) {
      if (kernel.name().equals(name) || kernel.name().startsWith(name + "-")) {
        return kernel;
      }
    }
    for (KernelProvider provider : providers()) {
      if (provider.name().equals(name)) {
        return provider.kernel();
      }
    }
    throw new KernelUnavailableException(
        "this machine has only " + available.stream().map(BasisKernel::name).toList());
  }

  private static BasisKernel choose(String wanted) {
    List<BasisKernel> available = available();
    BasisKernel best = available.get(available.size() - 1);
    if (wanted == null) {
      return preferred().orElseGet(() -> best(best));
    }
    try {
      BasisKernel kernel = named(wanted);
      LOG.info("basis kernel {}, as -Dnola4j.kernel={} asks", kernel.name(), wanted);
      return kernel;
    } catch (KernelUnavailableException e) {
      LOG.warn(
          "-Dnola4j.kernel={} is not available: {}; using {}", wanted, e.getMessage(), best.name());
      return best;
    }
  }

  private static BasisKernel best(BasisKernel best) {
    LOG.info(
        "basis kernel {}, {} threads{}",
        best.name(),
        threads(),
        vectorModule()
            ? ""
            : " (--add-modules jdk.incubator.vector would be several times faster)");
    return best;
  }

  /** The kernel of the device that networks compute on. */
  private static Optional<BasisKernel> preferred() {
    for (KernelProvider provider : providers()) {
      Optional<String> reason = provider.preferred();
      if (reason.isPresent()) {
        try {
          BasisKernel kernel = provider.kernel();
          LOG.info("basis kernel {}, because {}", kernel.name(), reason.get());
          return Optional.of(kernel);
        } catch (KernelUnavailableException e) {
          LOG.warn(
              "basis kernel {} would be best, because {}, but {}",
              provider.name(),
              reason.get(),
              e.getMessage());
        }
      }
    }
    return Optional.empty();
  }

  private static ServiceLoader<KernelProvider> providers() {
    return ServiceLoader.load(KernelProvider.class, KernelProvider.class.getClassLoader());
  }

  private static boolean vectorModule() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }
}
