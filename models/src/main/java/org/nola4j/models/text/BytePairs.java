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
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;

/**
 * GPT-2's two files of byte pairs as the one {@code tokenizer.json} that means the same: a
 * vocabulary, token to number, and merges, a pair a line, after a line that may name a version.
 */
final class BytePairs {
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

  /** The text of a {@code tokenizer.json}. Either file may be gzipped. */
  static byte[] json(Path vocabulary, Path merges) throws IOException {
    BytePairs pairs =
        new BytePairs(
            StrictJson.parse(text(vocabulary), vocabulary.toString(), "tokens with numbers"));
    pairs.readMerges(merges);
    return pairs.json().toString().getBytes(StandardCharsets.UTF_8);
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
    if (!pair
        || !vocabulary.has(line.substring(0, space))
        || !vocabulary.has(line.substring(space + 1))
        || !vocabulary.has(line.replace(" ", ""))) {
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
