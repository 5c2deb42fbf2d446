// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.nola4j.internal.arrays.FloatArrays;
import org.nola4j.internal.io.Remedy;
import org.nola4j.io.FileFormatException;
import org.nola4j.safetensors.SafetensorsFile;

/** Checks a safetensors file from the outside in: version, digest, recipe, tensors, numbers. */
final class AdapterReader {
  private static final String OTHER_FILE = "pass a file that Adapter.write made";
  private static final int CHUNK = 1 << 19;

  private AdapterReader() {}

  static Adapter read(SafetensorsFile file) throws IOException {
    Map<String, String> metadata = file.metadata();
    checkVersion(file.name(), metadata.get(AdapterFormat.FORMAT));
    boolean compact = metadata.get(AdapterFormat.FORMAT).equals(AdapterFormat.COMPACT_VERSION);
    Map<String, String> noted = Notes.in(metadata);
    Set<String> fields =
        new LinkedHashSet<>(
            List.of(AdapterFormat.FORMAT, AdapterFormat.DIGEST, AdapterFormat.NETWORK));
    if (!compact) {
      fields.add(AdapterFormat.RECIPE);
    } else if (metadata.containsKey(AdapterFormat.FROZEN)) {
      fields.add(AdapterFormat.FROZEN);
    }
    fields.addAll(Notes.members(noted).keySet());
    if (!metadata.keySet().equals(fields)) {
      throw new FileFormatException(
          file.name(), "metadata " + fields, metadata.keySet().toString(), Remedy.COPY);
    }
    checkDigits(
        file.name(),
        AdapterFormat.NETWORK,
        metadata.get(AdapterFormat.NETWORK),
        Recipe.FINGERPRINT_DIGITS);
    checkDigest(file, metadata.get(AdapterFormat.DIGEST));
    AdapterTensors tensors = compact ? AdapterTensors.compact(file) : AdapterTensors.named(file);
    RecipeReader.Contents contents =
        RecipeReader.read(
            tensors.recipe(), metadata.get(AdapterFormat.NETWORK), file.name(), tensors.infos());
    if (!compact) {
      checkVersion(file.name(), contents.recipe(), metadata.get(AdapterFormat.FORMAT));
    }
    Map<String, float[]> values = new LinkedHashMap<>();
    Map<String, Integer> bits = new LinkedHashMap<>();
    if (!contents.packed().isEmpty()) {
      ByteBuffer codes = tensors.codes();
      for (PackedVector vector : contents.packed()) {
        bits.put(vector.tensor(), vector.bits());
        values.put(vector.tensor(), vector.read(codes, file.name()).dequantize());
      }
    }
    for (String tensor : contents.recipe().shapes().keySet()) {
      if (!bits.containsKey(tensor)) {
        values.put(tensor, floats(tensors, tensor));
      }
    }
    return new Adapter(contents.recipe(), values, bits, notes(noted, file.name()));
  }

  private static SortedMap<String, String> notes(Map<String, String> notes, String file) {
    try {
      return Notes.of(notes);
    } catch (IllegalArgumentException e) {
      throw new FileFormatException(
          file, "notes that an adapter can have", e.getMessage(), Remedy.COPY, e);
    }
  }

  private static float[] floats(AdapterTensors tensors, String tensor) throws IOException {
    float[] numbers = tensors.floats(tensor);
    int bad = FloatArrays.firstNotFinite(numbers);
    if (bad >= 0) {
      throw new FileFormatException(
          tensors.file().name(),
          "finite numbers in tensor \"" + tensor + "\"",
          numbers[bad] + " at " + bad,
          Remedy.COPY);
    }
    return numbers;
  }

  private static void checkVersion(String name, String version) {
    if (version == null) {
      throw new FileFormatException(
          name,
          "metadata \"" + AdapterFormat.FORMAT + "\"",
          "a safetensors file without it",
          OTHER_FILE);
    }
    if (!AdapterFormat.VERSIONS.contains(version)) {
      throw new FileFormatException(
          name,
          "a format version of " + AdapterFormat.VERSIONS,
          "version \"" + version + "\"",
          Remedy.UPDATE);
    }
  }

  private static void checkVersion(String name, Recipe recipe, String found) {
    if (!recipe.version().equals(found)) {
      throw new FileFormatException(
          name,
          "format version " + recipe.version() + ", as the distributions of its bases need",
          "version " + found,
          Remedy.COPY);
    }
  }

  private static void checkDigest(SafetensorsFile file, String digest) throws IOException {
    checkDigits(file.name(), AdapterFormat.DIGEST, digest, Digest.DIGITS);
    String actual = digest(file, digest);
    if (!actual.equals(digest)) {
      throw new FileFormatException(
          file.name(), "contents of digest " + digest, "digest " + actual, Remedy.COPY);
    }
  }

  private static void checkDigits(String name, String field, String digits, int length) {
    if (!digits.matches("[0-9a-f]{" + length + "}")) {
      throw new FileFormatException(
          name,
          length + " hexadecimal digits as \"" + field + "\"",
          "\"" + digits + "\"",
          Remedy.COPY);
    }
  }

  /**
   * The digest that the file should have: computed with zeros in place of these digits' first
   * occurrence.
   */
  private static String digest(SafetensorsFile file, String digits) throws IOException {
    byte[] prologue = new byte[file.prologue()];
    file.slice(0, prologue.length).get(prologue);
    // One character per byte, so that positions are the same in both.
    int at = new String(prologue, StandardCharsets.ISO_8859_1).indexOf(digits);
    if (at >= 0) {
      System.arraycopy(
          AdapterFormat.NO_DIGEST.getBytes(StandardCharsets.US_ASCII),
          0,
          prologue,
          at,
          Digest.DIGITS);
    }
    Digest digest = new Digest();
    digest.update(ByteBuffer.wrap(prologue));
    for (long at2 = prologue.length; at2 < file.size(); at2 += CHUNK) {
      digest.update(file.slice(at2, (int) Math.min(CHUNK, file.size() - at2)));
    }
    return digest.hex();
  }
}
