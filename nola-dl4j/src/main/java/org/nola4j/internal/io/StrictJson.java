// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import org.nd4j.shade.jackson.core.JsonFactory;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonToken;
import org.nd4j.shade.jackson.core.StreamReadFeature;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.io.FileFormatException;

/**
 * JSON from untrusted files: no duplicate keys, no deep nesting, no overlong or infinite numbers,
 * nothing after the end. Time is proportional to the text; memory is that of its strings and at
 * most 32 MiB, since a value can take thirty times its text.
 */
public final class StrictJson {
  private static final int MOST_LEVELS = 16;
  private static final int LONGEST_NUMBER = 32;
  private static final int MOST_VALUES = 1 << 17;
  private static final int PART = 1 << 13;

  /** Interning and caching keys would let a file fill the process' symbol table. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final String file;
  private final String part;
  private final JsonParser parser;
  private int values;

  private StrictJson(String file, String part, JsonParser parser) {
    this.file = file;
    this.part = part;
    this.parser = parser;
  }

  /**
   * Decodes UTF-8 and rejects malformed input.
   *
   * @param file for messages
   * @param part the name of the text, for messages
   * @throws FileFormatException if the bytes are not UTF-8
   */
  public static String decode(ByteBuffer utf8, String file, String part) {
    byte[] bytes = new byte[utf8.remaining()]; // other buffers are decoded byte by byte
    utf8.get(bytes);
    try {
      requireUtf8(ByteBuffer.wrap(bytes));
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new FileFormatException(file, part + " in UTF-8", "other bytes", Remedy.COPY, e);
    }
  }

  /** Part by part: a decoder's own buffer takes two bytes or more per character. */
  private static void requireUtf8(ByteBuffer bytes) throws CharacterCodingException {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer part = CharBuffer.allocate(PART);
    CoderResult result;
    do {
      result = decoder.decode(bytes, part.clear(), true);
    } while (result.isOverflow());
    if (result.isError()) {
      result.throwException();
    }
  }

  /**
   * Parses an object.
   *
   * @param file for messages
   * @param part the name of the text, for messages
   * @throws FileFormatException if the text is anything else
   */
  public static ObjectNode parse(String text, String file, String part) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      StrictJson json = new StrictJson(file, part, parser);
      parser.nextToken();
      if (!(json.value(0) instanceof ObjectNode object)) {
        throw json.error("a JSON object", "another JSON value", null);
      }
      if (parser.nextToken() != null) {
        throw json.error("the end of the JSON text", "more of it", null);
      }
      return object;
    } catch (IOException e) {
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      String firstLine = message.lines().findFirst().orElse("");
      throw new FileFormatException(file, part + " in strict JSON", firstLine, Remedy.COPY, e);
    }
  }

  private JsonNode value(int level) throws IOException {
    if (level > MOST_LEVELS) {
      throw error("at most " + MOST_LEVELS + " levels of nesting", "more", null);
    }
    values++;
    if (values > MOST_VALUES) {
      throw error("at most " + MOST_VALUES + " values", "more", null);
    }
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw error("a JSON value", "nothing", null);
    }
    return switch (token) {
      case START_OBJECT -> object(level);
      case START_ARRAY -> array(level);
      case VALUE_STRING -> NODES.textNode(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(token);
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      default -> throw error("a JSON value", token.toString(), null);
    };
  }

  private ObjectNode object(int level) throws IOException {
    ObjectNode object = NODES.objectNode();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      object.set(name, value(level + 1));
    }
    return object;
  }

  private ArrayNode array(int level) throws IOException {
    ArrayNode array = NODES.arrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(level + 1));
    }
    return array;
  }

  /** Integers must fit into 64 bits: parsing longer ones takes quadratic time. */
  private JsonNode number(JsonToken token) throws IOException {
    if (parser.getTextLength() > LONGEST_NUMBER) {
      throw error("numbers of at most " + LONGEST_NUMBER + " characters", "a longer one", null);
    }
    String text = parser.getText();
    try {
      return token == JsonToken.VALUE_NUMBER_INT
          ? NODES.numberNode(Long.parseLong(text))
          : NODES.numberNode(finite(text));
    } catch (NumberFormatException e) {
      throw error("a number of 64 bits", text, e);
    }
  }

  private static double finite(String text) {
    double number = Double.parseDouble(text);
    if (Double.isInfinite(number)) {
      throw new NumberFormatException("beyond the range of a double");
    }
    return number;
  }

  private FileFormatException error(String expected, String found, Exception cause) {
    return new FileFormatException(file, part + ": " + expected, found, Remedy.COPY, cause);
  }
}
