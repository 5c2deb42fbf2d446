// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.io.BoundedStream;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;

/**
 * What a compact file has in place of names and a recipe in plain text. Its layers and names are
 * much alike, so they are deflated; digests cannot be, and stand apart.
 *
 * @param recipe {@link RecipeWriter}'s JSON, without digests
 * @param shapes of the vectors by tensor name, in the order of the numbers
 * @param digests of the recipe's given W0s, one after another
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record CompactRecipe(ObjectNode recipe, Map<String, List<Long>> shapes, byte[] digests) {
  private static final int DIGEST_BYTES = 32;
  private static final String SHA256 = "sha256";

  /** Takes the digests out of a recipe. */
  static CompactRecipe of(ObjectNode recipe, Map<String, List<Long>> shapes) {
    recipe.remove(AdapterFormat.FROZEN);
    ByteArrayOutputStream digests = new ByteArrayOutputStream();
    for (ObjectNode w0 : given(recipe)) {
      digests.writeBytes(HexFormat.of().parseHex(w0.remove(SHA256).textValue()));
    }
    return new CompactRecipe(recipe, shapes, digests.toByteArray());
  }

  private static List<ObjectNode> given(ObjectNode recipe) {
    List<ObjectNode> given = new ArrayList<>();
    for (JsonNode w0 : recipe.path(MethodJson.W0)) {
      if (w0 instanceof ObjectNode node && node.path("kind").asText().equals("given")) {
        given.add(node);
      }
    }
    return given;
  }

  byte[] deflated() {
    ObjectNode tensors = JsonNodeFactory.instance.objectNode();
    shapes.forEach(
        (name, shape) -> {
          ArrayNode sizes = tensors.putArray(name);
          shape.forEach(sizes::add);
        });
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set(AdapterFormat.RECIPE, recipe);
    json.set(AdapterFormat.TENSORS, tensors);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, deflater)) {
      out.write(json.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      deflater.end();
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #deflated} gave.
   *
   * @throws FileFormatException if it is something else
   */
  static CompactRecipe inflate(byte[] deflated, byte[] digests, String file) {
    String text = StrictJson.decode(ByteBuffer.wrap(inflated(deflated, file)), file, "the recipe");
    ObjectNode json = StrictJson.parse(text, file, "the recipe");
    if (json.size() == 2
        && json.get(AdapterFormat.RECIPE) instanceof ObjectNode recipe
        && json.get(AdapterFormat.TENSORS) instanceof ObjectNode tensors) {
      Map<String, List<Long>> shapes = new LinkedHashMap<>();
      tensors
          .fields()
          .forEachRemaining(each -> shapes.put(each.getKey(), shape(each.getValue(), file)));
      return new CompactRecipe(recipe, shapes, digests);
    }
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    throw new FileFormatException(
        file,
        "the recipe: objects \"%s\" and \"%s\""
            .formatted(AdapterFormat.RECIPE, AdapterFormat.TENSORS),
        names.toString(),
        Remedy.COPY);
  }

  /**
   * The recipe with its digests, as in other files.
   *
   * @param frozen null for none
   * @throws FileFormatException if there are more or fewer
   */
  ObjectNode whole(String frozen, String file) {
    ObjectNode whole = recipe.deepCopy();
    List<ObjectNode> given = given(whole);
    if (given.stream().anyMatch(w0 -> w0.has(SHA256)) || whole.has(AdapterFormat.FROZEN)) {
      throw new FileFormatException(file, "a recipe without digests", "some in it", Remedy.COPY);
    }
    if (digests.length != given.size() * DIGEST_BYTES) {
      throw new FileFormatException(
          file,
          "%d bytes in tensor \"%s\", of %d for each given W0"
              .formatted(given.size() * DIGEST_BYTES, AdapterFormat.DIGESTS, DIGEST_BYTES),
          String.valueOf(digests.length),
          Remedy.COPY);
    }
    for (int i = 0; i < given.size(); i++) {
      int begin = i * DIGEST_BYTES;
      given.get(i).put(SHA256, HexFormat.of().formatHex(digests, begin, begin + DIGEST_BYTES));
    }
    return frozen == null ? whole : whole.put(AdapterFormat.FROZEN, frozen);
  }

  private static List<Long> shape(JsonNode sizes, String file) {
    List<Long> shape = new ArrayList<>();
    for (JsonNode size : sizes) {
      if (!size.isIntegralNumber() || size.longValue() < 0) {
        throw wrongShape(sizes, file);
      }
      shape.add(size.longValue());
    }
    if (!sizes.isArray()) {
      throw wrongShape(sizes, file);
    }
    return shape;
  }

  private static FileFormatException wrongShape(JsonNode sizes, String file) {
    return new FileFormatException(
        file, "a tensor's shape of whole numbers from 0 on", sizes.toString(), Remedy.COPY);
  }

  private static byte[] inflated(byte[] deflated, String file) {
    Inflater inflater = new Inflater();
    try (InputStream in =
        new BoundedStream(
            new InflaterInputStream(new ByteArrayInputStream(deflated), inflater),
            file,
            deflated.length)) {
      byte[] text = in.readAllBytes();
      if (inflater.getRemaining() > 0) {
        throw damaged(inflater.getRemaining() + " bytes after its end", file, null);
      }
      return text;
    } catch (ZipException | EOFException e) {
      throw damaged(e.getMessage(), file, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      inflater.end();
    }
  }

  private static FileFormatException damaged(String found, String file, IOException cause) {
    return new FileFormatException(file, "the recipe as a zlib stream", found, Remedy.COPY, cause);
  }
}
