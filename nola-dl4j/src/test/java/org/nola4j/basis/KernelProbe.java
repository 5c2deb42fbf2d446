// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.slf4j.LoggerFactory;

/**
 * Prints which kernel a virtual machine chooses, what it logs, and what the kernel computes: run by
 * {@link BasisKernelsTest} in machines with other flags, because the choice is made once.
 */
final class KernelProbe {
  private KernelProbe() {}

  public static void main(String[] arguments) {
    Logger logger = (Logger) LoggerFactory.getLogger(BasisKernels.class);
    ListAppender<ILoggingEvent> events = new ListAppender<>();
    events.start();
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    logger.addAppender(events);
    System.out.println("kernel " + BasisKernels.active().name());
    BasisKernels.active();
    events.list.forEach(
        event -> System.out.println(event.getLevel() + " " + event.getFormattedMessage()));
    System.out.println("threads " + BasisKernels.threads());
    System.out.println("digest " + digest(BasisKernels.active()));
  }

  /** SHA-256 values of mixes and projections that are large enough for several threads. */
  static String digest(BasisKernel kernel) {
    StringBuilder digest = new StringBuilder();
    for (Distribution distribution : Distribution.values()) {
      for (int[] shape : new int[][] {{7, 30_000}, {5000, 48}}) {
        Basis basis = new Basis(6, distribution, 0.9f, shape[0], shape[1]);
        Random random = new Random(1);
        float[] coefficients = Vectors.gaussians(random, basis.count());
        float[] gradient = Vectors.gaussians(random, basis.length());
        float[] mix = new float[basis.length()];
        float[] project = new float[basis.count()];
        kernel.mix(basis, coefficients, mix);
        kernel.project(basis, gradient, project);
        digest.append(GoldenValuesTest.sha256(mix), 0, 8).append('.');
        digest.append(GoldenValuesTest.sha256(project), 0, 8).append('.');
        digest.append(severalAsOne(kernel, basis, coefficients, mix, gradient, project));
      }
    }
    return digest.toString();
  }

  /** "same" where two results of one call have the bits of one result. */
  private static String severalAsOne(
      BasisKernel kernel,
      Basis basis,
      float[] coefficients,
      float[] mix,
      float[] gradient,
      float[] project) {
    List<float[]> mixes = List.of(new float[mix.length], new float[mix.length]);
    kernel.mix(basis, List.of(gaussiansLike(coefficients), coefficients), mixes);
    List<float[]> projections = List.of(new float[project.length], new float[project.length]);
    kernel.project(basis, List.of(gradient, gaussiansLike(gradient)), projections);
    return Arrays.equals(mix, mixes.get(1)) && Arrays.equals(project, projections.get(0))
        ? "same."
        : "different.";
  }

  private static float[] gaussiansLike(float[] values) {
    return Vectors.gaussians(new Random(2), values.length);
  }
}
