// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.io.AtomicFile;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;

/**
 * GPT-2's two files of byte pairs: a vocabulary, token to number, and merges, a pair a line, after
 * a line that may name a version. Its numbers are those of the tokens' merges, so the first ones
 * are a vocabulary of their own, which suits small models better:
 *
 * <pre>{@code
 * BytePairs pairs = BytePairs.read(Path.of("encoder.json"), Path.of("vocab.bpe")).first(8192);
 * pairs.write(Path.of("small"));
 * TextTokenizer tokenizer = TextTokenizer.of(pairs, 1024);
 * }</pre>
 */
public final class BytePairs {
  private static final String END_OF_TEXT = "<|endoftext|>";
  private static final String REMEDY = "pass both files of one model";
  private static final int GZIP_MAGIC = 0x1f8b;
  private static final int MOST_BYTES = 64 << 20;

  private final ObjectNode vocabulary;
  private final ArrayNode merges;

  private BytePairs(ObjectNode vocabulary) {
    this.vocabulary = vocabulary;
    this.merges = vocabulary.arrayNode();
  }

  /**
   * Reads the two files. Either may be gzipped.
   *
   * @param vocabulary token to number, as JSON
   * @param merges pairs of tokens, one per line, in the order in which they are joined
   * @throws FileFormatException naming the line, if the two do not fit
   */
  public static BytePairs read(Path vocabulary, Path merges) throws IOException {
    BytePairs pairs =
        new BytePairs(
            StrictJson.parse(text(vocabulary), vocabulary.toString(), "tokens with numbers"));
    pairs.readMerges(merges);
    return pairs;
  }

  /** The number of tokens. */
  public int size() {
    return vocabulary.size();
  }

  /**
   * The tokens with the smallest numbers, with the merges that make them, and, as the last one,
   * {@code <|endoftext|>}. Any text still has tokens, since single bytes have the smallest numbers,
   * but more of them: those that GPT-2's own tokenizer had after fewer merges.
   *
   * @param tokens how many, from 257, of GPT-2's; all of them if there are not more
   * @throws IllegalArgumentException if they are too few for all bytes
   */
  public BytePairs first(int tokens) {
    if (tokens >= size()) {
      return this;
    }
    BytePairs first = new BytePairs(vocabulary.objectNode());
    vocabulary
        .fields()
        .forEachRemaining(
            token -> {
              boolean small = token.getValue().asInt() < tokens - 1;
              if (small && !token.getKey().equals(END_OF_TEXT)) {
                first.vocabulary.set(token.getKey(), token.getValue());
              } else if (token.getKey().codePointCount(0, token.getKey().length()) == 1) {
                throw new IllegalArgumentException(
                    "%d tokens are too few: number %s is a single byte"
                        .formatted(tokens, token.getValue()));
              }
            });
    first.vocabulary.put(END_OF_TEXT, tokens - 1);
    for (JsonNode merge : merges) {
      if (first.hasAll(merge.asText())) {
        first.merges.add(merge);
      }
    }
    return first;
  }

  private boolean hasAll(String pair) {
    int space = pair.indexOf(' ');
    return vocabulary.has(pair.substring(0, space))
        && vocabulary.has(pair.substring(space + 1))
        && vocabulary.has(pair.replace(" ", ""));
  }

  /** Writes {@code encoder.json} and {@code vocab.bpe} as OpenAI does. */
  public void write(Path folder) throws IOException {
    write(folder.resolve("encoder.json"), vocabulary.toString());
    StringBuilder lines = new StringBuilder("#version: 0.2\n");
    merges.forEach(merge -> lines.append(merge.asText()).append('\n'));
    write(folder.resolve("vocab.bpe"), lines.toString());
  }

  private static void write(Path file, String text) throws IOException {
    AtomicFile.writeText(file, text);
  }

  /** The text of the one {@code tokenizer.json} that means the same. */
  byte[] bytes() {
    return json().toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String text(Path file) throws IOException {
    return StrictJson.decode(ByteBuffer.wrap(contents(file)), file.toString(), "text");
  }

  /** A file's bytes, unpacked. */
  static byte[] contents(Path file) throws IOException {
    byte[] raw = Files.readAllBytes(file);
    if (raw.length < 2 || (((raw[0] & 0xff) << 8) | (raw[1] & 0xff)) != GZIP_MAGIC) {
      return raw;
    }
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(raw))) {
      byte[] unpacked = in.readNBytes(MOST_BYTES + 1);
      if (unpacked.length > MOST_BYTES) {
        throw new FileFormatException(
            file.toString(), "at most 64 MiB when unpacked", "more", "check what the file is");
      }
      return unpacked;
    }
  }

  private void readMerges(Path file) throws IOException {
    List<String> lines = text(file).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (!line.isEmpty() && !(i == 0 && line.startsWith("#version"))) {
        requirePair(line, file, i + 1);
        merges.add(line);
      }
    }
  }

  private void requirePair(String line, Path file, int number) {
    int space = line.indexOf(' ');
    boolean pair = space > 0 && space == line.lastIndexOf(' ') && space < line.length() - 1;
    if (!pair || !hasAll(line)) {
      throw new FileFormatException(
          file.toString(),
          "in line %d two tokens whose union is in the vocabulary too".formatted(number),
          line,
          REMEDY);
    }
  }

  private ObjectNode json() {
    ObjectNode root = vocabulary.objectNode();
    root.put("version", "1.0");
    ArrayNode added = root.putArray("added_tokens");
    if (vocabulary.has(END_OF_TEXT)) {
      ObjectNode end = added.addObject().put("id", vocabulary.get(END_OF_TEXT).asInt());
      end.put("content", END_OF_TEXT).put("special", true).put("normalized", false);
      end.put("single_word", false).put("lstrip", false).put("rstrip", false);
    }
    for (String part : List.of("pre_tokenizer", "decoder")) {
      ObjectNode bytes = root.putObject(part).put("type", "ByteLevel");
      bytes.put("add_prefix_space", false).put("trim_offsets", true).put("use_regex", true);
    }
    ObjectNode model = root.putObject("model").put("type", "BPE");
    model.set("vocab", vocabulary);
    model.set("merges", merges);
    return root;
  }
}
