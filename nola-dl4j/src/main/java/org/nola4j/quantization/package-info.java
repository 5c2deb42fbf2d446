/**
 * Quantized coefficients: symmetric quantization without a zero point, one scale per vector
 * (Koohpayegani et al., <i>NOLA: Compressing LoRA using Linear Combination of Random Basis</i>,
 * ICLR 2024, section 3.2 and table 4).
 *
 * <p>A {@link org.nola4j.quantization.Quantizer} is a number of bits q, from 2 to 8. With {@code L
 * = 2^(q-1) - 1} and {@code M = max |x|} over a vector, the number x becomes
 *
 * <pre>
 *   code  = round(x L / M)      an integer from -L to L
 *   value = code / L * M
 * </pre>
 *
 * <p>which is the paper's {@code round(x S) / S} with {@code S = L / M}. Every rounding is defined,
 * so that another language gives the same bits: the code is the integer nearest to the exact
 * quotient, ties to even; the value is computed in binary64 from left to right, then rounded to
 * binary32. M is kept rather than S, so that the largest number is restored exactly and quantizing
 * a second time changes nothing.
 *
 * <p>A {@link org.nola4j.quantization.QuantizedVector} holds the codes, packed, and M. This package
 * works on arrays only and knows neither ND4J nor files.
 */
package org.nola4j.quantization;
