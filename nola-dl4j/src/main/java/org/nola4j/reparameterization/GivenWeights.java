// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import org.nola4j.internal.io.Sha256;
import org.nola4j.quantization.CompactMatrix;

/**
 * The pretrained weights of this process by SHA-256. Network configurations refer to them, since
 * JSON is no place for megabytes.
 *
 * <p>Before a saved network with given weights is loaded, they must be {@linkplain #keep kept}
 * again, from the file that holds them. Memory: four bytes per element off the heap, until {@link
 * #forget}; on a CPU, networks compute with these elements and make no copies. {@code
 * -XX:MaxDirectMemorySize} limits this memory; its default is {@code -Xmx}.
 */
public final class GivenWeights {
  /** The alignment at which vector instructions read fastest. */
  private static final int ALIGNMENT = 64;

  private static final Map<String, FloatBuffer> KEPT = new ConcurrentHashMap<>();

  /** By the digest of the numbers that were rounded. */
  private static final Map<String, CompactMatrix> COMPACT = new ConcurrentHashMap<>();

  private GivenWeights() {}

  /**
   * Keeps a copy of the elements and returns their SHA-256 (over little-endian float32) in
   * hexadecimal.
   */
  public static String keep(float[] values) {
    return keep(FloatBuffer.wrap(values));
  }

  /** As {@link #keep(float[])}, of the elements from a buffer's position to its limit. */
  public static String keep(FloatBuffer values) {
    String sha256 = sha256(values);
    KEPT.computeIfAbsent(sha256, key -> copy(values));
    return sha256;
  }

  /**
   * Keeps a matrix in fewer bits than float32 has.
   *
   * @param values row-major, from the buffer's position to its limit
   * @param bits 8 for integers with one scale per column, 16 for bfloat16
   * @return the SHA-256 of the numbers as they were given
   */
  public static String keepCompact(FloatBuffer values, WeightShape shape, int bits) {
    String sha256 = sha256(values);
    COMPACT.computeIfAbsent(
        key(sha256, shape, bits),
        key -> CompactMatrix.round(values, shape.rows(), shape.columns(), bits));
    return sha256;
  }

  private static String key(String sha256, WeightShape shape, int bits) {
    return sha256 + " " + shape.rows() + " x " + shape.columns() + ", " + bits + " bits";
  }

  /** Off the heap, unless there are more elements than one direct buffer can hold. */
  private static FloatBuffer copy(FloatBuffer values) {
    int length = values.remaining();
    FloatBuffer copy =
        length > (Integer.MAX_VALUE - ALIGNMENT) / Float.BYTES
            ? FloatBuffer.allocate(length)
            : offHeap(length * Float.BYTES).asFloatBuffer();
    return copy.put(values.duplicate()).rewind().asReadOnlyBuffer();
  }

  private static ByteBuffer offHeap(int bytes) {
    ByteBuffer room = ByteBuffer.allocateDirect(bytes + ALIGNMENT);
    int skipped = ALIGNMENT - room.alignmentOffset(0, ALIGNMENT);
    return room.slice(skipped, bytes).order(ByteOrder.nativeOrder());
  }

  /**
   * Releases the elements; their memory is freed once no layer uses them. Existing layers keep
   * working, but no layer can be built with these elements, and no network with them cloned or
   * loaded, until they are kept again.
   */
  public static void forget(String sha256) {
    KEPT.remove(sha256);
    COMPACT.keySet().removeIf(key -> key.startsWith(sha256));
  }

  /**
   * The elements as a new read-only buffer, in row-major order; asks every {@link
   * GivenWeightsSource} for those that are not in memory, and keeps them.
   *
   * @throws IllegalStateException if a source gives other elements
   */
  public static Optional<FloatBuffer> get(String sha256) {
    FloatBuffer values = KEPT.get(sha256);
    if (values == null) {
      for (GivenWeightsSource source : ServiceLoader.load(GivenWeightsSource.class)) {
        source.find(sha256).ifPresent(found -> keep(found, sha256, source));
      }
      values = KEPT.get(sha256);
    }
    return Optional.ofNullable(values).map(FloatBuffer::duplicate);
  }

  private static void keep(float[] values, String expected, GivenWeightsSource source) {
    String sha256 = sha256(values);
    if (!sha256.equals(expected)) {
      throw new IllegalStateException(
          "%s was asked for the pretrained weight with SHA-256 %s, but gave one with %s"
              .formatted(source.getClass().getName(), expected, sha256));
    }
    keep(values);
  }

  /**
   * As {@link #get}.
   *
   * @param source where they came from, for the message; may be null
   */
  static FloatBuffer find(String sha256, String source) {
    return get(sha256).orElseThrow(() -> missing(sha256, source, "keep"));
  }

  /** As {@link #find}, of a matrix kept in fewer bits. */
  static CompactMatrix findCompact(String sha256, WeightShape shape, int bits, String source) {
    CompactMatrix matrix = COMPACT.get(key(sha256, shape, bits));
    if (matrix == null) {
      throw missing(sha256, source, "keepCompact");
    }
    return matrix;
  }

  private static IllegalStateException missing(String sha256, String source, String method) {
    return new IllegalStateException(
        "the pretrained weight with SHA-256 "
            + sha256
            + (source == null ? "" : " from " + source)
            + " is not in memory: pass its elements to GivenWeights."
            + method
            + " before the network is built or loaded");
  }

  /** SHA-256 over the elements as little-endian float32. */
  public static String sha256(float[] values) {
    return sha256(FloatBuffer.wrap(values));
  }

  private static String sha256(FloatBuffer values) {
    return new Sha256().update(values).hex();
  }
}
