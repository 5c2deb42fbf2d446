/**
 * How much of the weight space a method covers: figure 2 of the paper.
 *
 * <p>Koohpayegani et al., <i>NOLA: Compressing LoRA using Linear Combination of Random Basis</i>,
 * ICLR 2024, appendix A.1: with n trained numbers, PRANC's weights span n dimensions and NOLA's
 * about n^2 / 4, up to all d^2 dimensions of a d x d weight. {@link
 * org.nola4j.experiments.coverage.Subspace} measures it by sampling, {@link
 * org.nola4j.experiments.coverage.ClosedForm} computes it. This is the dimension of the span of all
 * reachable weights, not of the set of them: each weight is still determined by n numbers.
 */
package org.nola4j.experiments.coverage;
