// SPDX-License-Identifier: Apache-2.0
package org.nola4j.quantization;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import net.jqwik.api.constraints.IntRange;

/** All supported widths. */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@IntRange(min = Quantizer.FEWEST_BITS, max = Quantizer.MOST_BITS)
@interface Bits {}
