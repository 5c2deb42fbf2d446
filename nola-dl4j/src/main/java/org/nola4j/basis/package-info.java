/**
 * Seeded random bases and the two operations that use them without ever storing them.
 *
 * <p>A {@link org.nola4j.basis.Basis} is a seed, a distribution and two sizes: it stands for {@code
 * count} random vectors of {@code length} elements, the A_i and B_j of NOLA (Koohpayegani et al.,
 * <i>NOLA: Compressing LoRA using Linear Combination of Random Basis</i>, ICLR 2024, equation 2) or
 * the alphas' vectors of PRANC. A {@link org.nola4j.basis.BasisKernel} multiplies with it: {@code
 * mix} forms {@code sum_i c_i u_i}, {@code project} its transpose {@code <u_i, g>}. Both generate
 * every element in registers, use it and discard it, or rotate whole blocks where the basis is
 * structured.
 *
 * <p>The generator and the order of summation are specified bit by bit in {@code docs/basis-v1.md}
 * and {@code docs/basis-v2.md}; every kernel gives the same bits with any number of threads. This
 * package works on {@code float[]} only and knows neither ND4J nor files.
 */
package org.nola4j.basis;
