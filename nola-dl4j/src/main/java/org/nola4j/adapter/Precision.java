package org.nola4j.adapter;

/**
 * How an adapter file stores its numbers, but for those of quantised coefficients (see {@link
 * Adapter#quantized}), which it stores in their bits.
 */
public enum Precision {
  /** IEEE 754 single precision, 4 bytes a number: exact. */
  F32(SafetensorsFile.Type.F32),

  /**
   * IEEE 754 half precision, 2 bytes a number: rounded to nearest even, at most 65,504 in
   * magnitude, 11 significant bits down to 2^-14.
   */
  F16(SafetensorsFile.Type.F16);

  private final SafetensorsFile.Type type;

  Precision(SafetensorsFile.Type type) {
    this.type = type;
  }

  SafetensorsFile.Type type() {
    return type;
  }
}
