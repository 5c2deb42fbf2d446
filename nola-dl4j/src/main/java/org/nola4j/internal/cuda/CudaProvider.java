// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import java.util.Optional;
import org.nola4j.basis.BasisKernel;
import org.nola4j.basis.KernelProvider;
import org.nola4j.basis.KernelUnavailableException;

/**
 * Provides the kernel {@code cuda}: on ND4J's device if ND4J computes on a GPU, else on the first
 * GPU or the one selected by {@code -Dnola4j.cuda.device}.
 */
public final class CudaProvider implements KernelProvider {
  private static final String BINDINGS = "org.bytedeco.cuda.global.cudart";

  private static CudaKernel kernel;
  private static String problem;

  /** For {@link java.util.ServiceLoader}. */
  public CudaProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public Optional<String> preferred() {
    return CudaBackend.active() ? Optional.of("ND4J computes on a GPU") : Optional.empty();
  }

  @Override
  public BasisKernel kernel() throws KernelUnavailableException {
    return shared();
  }

  /** The single kernel of this virtual machine; a failure is remembered too. */
  static synchronized CudaKernel shared() throws KernelUnavailableException {
    if (kernel == null && problem == null) {
      try {
        kernel = open();
      } catch (KernelUnavailableException e) {
        problem = e.getMessage();
        throw e;
      }
    }
    if (kernel == null) {
      throw new KernelUnavailableException(problem);
    }
    return kernel;
  }

  private static CudaKernel open() throws KernelUnavailableException {
    try {
      Class.forName(BINDINGS, false, CudaProvider.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new KernelUnavailableException(
          "org.bytedeco:cuda is not on the class path; builds with -Pcuda or -Pcuda-kernels have"
              + " it",
          e);
    }
    int ordinal =
        CudaBackend.active() ? CudaBackend.device() : Integer.getInteger("nola4j.cuda.device", 0);
    return CudaKernel.open(ordinal, PtxCompiler.ofUser());
  }
}
