// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import java.io.IOException;
import org.nd4j.shade.jackson.core.JsonFactory;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonToken;
import org.nola4j.io.FileFormatException;

/**
 * What a {@code tokenizer.json} says of its vocabulary: its size, which Hugging Face's library does
 * not tell, and of words that are not in it. The library looks for their token when it meets the
 * first such word, and where it is missing ends the whole process: so it is looked for before.
 */
final class TokenizerCheck {
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
  private int words;

  private TokenizerCheck() {}

  /**
   * Checks that the model has the token, and counts its tokens, by reading the text twice, without
   * a tree of it.
   *
   * @param name of the file, for messages
   * @return one more than the highest number of a token
   * @throws FileFormatException if it has not, or this is no JSON
   */
  static int require(byte[] json, String name) {
    TokenizerCheck check = new TokenizerCheck();
    try {
      check.read(json, false);
      check.complete();
      check.read(json, true);
    } catch (IOException e) {
      throw new FileFormatException(
          name, "JSON", String.valueOf(e.getMessage()).lines().findFirst().orElse(""), REMEDY, e);
    }
    if (!check.isSafe()) {
      throw new FileFormatException(
          name,
          "a token for unknown words (\"unk_token\" or \"unk_id\") that is in the vocabulary",
          check.token == null ? "none" : check.token,
          REMEDY);
    }
    return check.words;
  }

  private void read(byte[] json, boolean vocabulary) throws IOException {
    try (JsonParser parser = FACTORY.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String part = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.START_OBJECT && part.equals("model")) {
          readModel(parser, vocabulary);
        } else if (vocabulary && value == JsonToken.START_ARRAY && part.equals("added_tokens")) {
          readAdded(parser);
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
      if (vocabulary && name.equals("vocab") && value == JsonToken.START_ARRAY) {
        readPieces(parser);
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
      count(parser, parser.nextToken());
      parser.skipChildren();
    }
  }

  /** A token's number is its place. */
  private void readPieces(JsonParser parser) throws IOException {
    int pieces = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      parser.skipChildren();
      pieces++;
    }
    words = Math.max(words, pieces);
  }

  private void readAdded(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.START_OBJECT) {
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean number = parser.currentName().equals("id");
        JsonToken value = parser.nextToken();
        if (number) {
          count(parser, value);
        }
        parser.skipChildren();
      }
    }
  }

  private void count(JsonParser parser, JsonToken value) throws IOException {
    if (value == JsonToken.VALUE_NUMBER_INT) {
      words = Math.max(words, (int) Math.min(Integer.MAX_VALUE, parser.getLongValue() + 1));
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
