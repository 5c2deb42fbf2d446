package org.nola4j.reparameterization;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The pretrained weights of this process, by their SHA-256: what a network configuration refers to,
 * since JSON is no place for megabytes.
 *
 * <p>Before a saved network with given weights is loaded, they must be {@linkplain #keep kept}
 * again, from the file that holds them. Memory: four bytes an element, until {@link #forget}.
 */
public final class GivenWeights {
  private static final Map<String, float[]> KEPT = new ConcurrentHashMap<>();

  private GivenWeights() {}

  /**
   * Keeps a copy of the elements and returns their SHA-256 (over little-endian float32) in
   * hexadecimal.
   */
  public static String keep(float[] values) {
    String sha256 = sha256(values);
    KEPT.computeIfAbsent(sha256, key -> values.clone());
    return sha256;
  }

  /** Lets go of the elements; a layer that was built with them has its own copy. */
  public static void forget(String sha256) {
    KEPT.remove(sha256);
  }

  static float[] find(FrozenWeight.Given given) {
    float[] values = KEPT.get(given.sha256());
    if (values == null) {
      throw new IllegalStateException(
          "the pretrained weight with SHA-256 "
              + given.sha256()
              + (given.source() == null ? "" : " from " + given.source())
              + " is not in memory: pass its elements to GivenWeights.keep before the network is built or loaded");
    }
    return values;
  }

  /** SHA-256 over the elements as little-endian float32. */
  public static String sha256(float[] values) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
      for (float value : values) {
        if (!bytes.hasRemaining()) {
          digest.update(bytes.flip());
          bytes.clear();
        }
        bytes.putFloat(value);
      }
      digest.update(bytes.flip());
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
