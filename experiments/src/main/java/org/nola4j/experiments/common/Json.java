// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.core.util.Separators.Spacing;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads and writes JSON. */
public final class Json {
  /**
   * For input written by people: unknown keys, missing numbers, and silent conversions are errors.
   */
  public static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /** For input written by this application, possibly a later version: unknown keys are ignored. */
  public static final JsonMapper LENIENT =
      STRICT.rebuild().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private static final int LONGEST_TEXT = 8 << 20;

  /** In memory, a value can take thirty times the size of its text. */
  private static final int MOST_VALUES = 1 << 19;

  private Json() {}

  /**
   * Parses a text. Unlike Jackson, rejects numbers that are not finite, such as 1e999, which would
   * only fail where they are used, and texts with too many values.
   *
   * @throws JsonProcessingException if it is not JSON
   */
  public static JsonNode parse(String text) throws JsonProcessingException {
    try (JsonParser parser = STRICT.createParser(text)) {
      int values = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        values += token == JsonToken.FIELD_NAME ? 0 : 1;
        if (values > MOST_VALUES) {
          throw new JsonParseException(parser, "more than " + MOST_VALUES + " values");
        }
        if (token == JsonToken.VALUE_NUMBER_FLOAT && Double.isInfinite(parser.getDoubleValue())) {
          throw new JsonParseException(parser, "the number " + parser.getText() + " is too large");
        }
      }
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return STRICT.readTree(text);
  }

  /**
   * Like {@link #parse}, for an object: Jackson would turn null into a null record.
   *
   * @throws JsonProcessingException if it is anything else
   */
  public static ObjectNode object(String text) throws JsonProcessingException {
    if (parse(text) instanceof ObjectNode object) {
      return object;
    }
    throw new JsonParseException(null, "expected a JSON object, found another value");
  }

  /**
   * Reads the text of a file.
   *
   * @throws IOException if it cannot be read, is not UTF-8, or is longer than any file that this
   *     application writes
   */
  public static String read(Path file) throws IOException {
    if (Files.size(file) > LONGEST_TEXT) {
      throw new IOException(
          "expected at most %d bytes of JSON, found %d".formatted(LONGEST_TEXT, Files.size(file)));
    }
    return Files.readString(file);
  }

  /** Like {@link #read(Path)}, to the end of a stream. */
  public static String read(InputStream in) throws IOException {
    byte[] text = in.readNBytes(LONGEST_TEXT + 1);
    if (text.length > LONGEST_TEXT) {
      throw new IOException(
          "expected at most %d bytes of JSON, found more".formatted(LONGEST_TEXT));
    }
    return new String(text, StandardCharsets.UTF_8);
  }

  /** A writer of indented JSON with the same line separators everywhere. */
  public static ObjectWriter writer() {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    Separators separators =
        Separators.createDefaultInstance().withObjectFieldValueSpacing(Spacing.AFTER);
    return STRICT.writer(
        new DefaultPrettyPrinter(separators)
            .withObjectIndenter(indenter)
            .withArrayIndenter(indenter));
  }

  /** The value as indented JSON. */
  public static String text(Object value) {
    try {
      return writer().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A string without quotes, or a number without exponent and trailing zeros, such as 0.0003. */
  public static String plain(JsonNode value) {
    return value.isNumber()
        ? value.decimalValue().stripTrailingZeros().toPlainString()
        : value.asText();
  }

  /** The value as a JSON tree that shares nothing with it. */
  public static JsonNode tree(Object value) {
    return STRICT.valueToTree(value);
  }
}
