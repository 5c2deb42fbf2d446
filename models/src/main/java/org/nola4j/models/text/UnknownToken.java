// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import java.io.IOException;
import org.nd4j.shade.jackson.core.JsonFactory;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonToken;
import org.nola4j.io.FileFormatException;

/**
 * What a {@code tokenizer.json} says of words that are not in its vocabulary. Hugging Face's
 * library looks for that token when it meets the first such word, and where it is missing ends the
 * whole process: so it is looked for before.
 */
final class UnknownToken {
  static final String REMEDY = "pass the one of your model";

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private String type = "";
  private String token;
  private boolean hasNumber;
  private boolean hasMerges;
  private boolean known;

  private UnknownToken() {}

  /**
   * Checks that the model has the token, by reading the text twice, without a tree of it.
   *
   * @param name of the file, for messages
   * @throws FileFormatException if it has not, or this is no JSON
   */
  static void require(byte[] json, String name) {
    UnknownToken unknown = new UnknownToken();
    try {
      unknown.read(json, false);
      unknown.complete();
      unknown.read(json, true);
    } catch (IOException e) {
      throw new FileFormatException(
          name, "JSON", String.valueOf(e.getMessage()).lines().findFirst().orElse(""), REMEDY, e);
    }
    if (!unknown.isSafe()) {
      throw new FileFormatException(
          name,
          "a token for unknown words (\"unk_token\" or \"unk_id\") that is in the vocabulary",
          unknown.token == null ? "none" : unknown.token,
          REMEDY);
    }
  }

  private void read(byte[] json, boolean vocabulary) throws IOException {
    try (JsonParser parser = FACTORY.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean model = parser.currentName().equals("model");
        if (parser.nextToken() == JsonToken.START_OBJECT && model) {
          readModel(parser, vocabulary);
        } else {
          parser.skipChildren();
        }
      }
    }
  }

  private void readModel(JsonParser parser, boolean vocabulary) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (vocabulary && name.equals("vocab") && value == JsonToken.START_OBJECT) {
        readVocabulary(parser);
        continue;
      }
      switch (name) {
        case "type" -> type = parser.getValueAsString("");
        case "unk_token" -> token = parser.getValueAsString();
        case "unk_id" -> hasNumber = value == JsonToken.VALUE_NUMBER_INT;
        case "merges" -> hasMerges = true;
        default -> {}
      }
      parser.skipChildren();
    }
  }

  private void readVocabulary(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      known |= parser.currentName().equals(token);
      parser.nextToken();
      parser.skipChildren();
    }
  }

  /** What the library assumes where the file does not say it. */
  private void complete() {
    if (type.isEmpty()) {
      type = hasMerges ? "BPE" : hasNumber ? "Unigram" : "WordPiece";
    }
    if (token == null && !type.equals("BPE")) {
      token = type.equals("WordLevel") ? "<unk>" : "[UNK]";
    }
  }

  /** Byte pairs may have none: then unknown characters are left out. */
  private boolean isSafe() {
    return switch (type) {
      case "BPE" -> token == null || known;
      case "Unigram" -> hasNumber;
      default -> known;
    };
  }
}
