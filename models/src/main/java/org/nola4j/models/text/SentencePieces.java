// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.io.Remedy;
import org.nola4j.io.FileFormatException;

/**
 * SentencePiece's {@code tokenizer.model}, or the {@code tokenizer.bin} of A. Karpathy's llama2.c,
 * as the {@code tokenizer.json} that means the same: pieces with scores, of which SentencePiece
 * joins the pair of the greatest score first.
 */
final class SentencePieces {
  private static final String SPACE = "\u2581";
  private static final List<String> SPECIAL = List.of("<unk>", "<s>", "</s>");
  private static final int FIRST_PIECE = SPECIAL.size();
  private static final Pattern MODEL = Pattern.compile(".*\\.model(\\.gz)?");
  private static final int LONGEST = 1 << 16;

  /** By piece, in the order of the numbers. */
  private final Map<String, Integer> numbers = new LinkedHashMap<>();

  private final List<Float> scores = new ArrayList<>();

  private SentencePieces() {}

  /** The text of a {@code tokenizer.json}. The file may be gzipped. */
  static byte[] json(Path file) throws IOException {
    SentencePieces pieces = new SentencePieces();
    byte[] bytes = BytePairs.contents(file);
    try {
      if (MODEL.matcher(file.toString()).matches()) {
        pieces.read(SentencePieceModel.read(bytes), file.toString());
      } else {
        pieces.read(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
      }
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new FileFormatException(
          file.toString(),
          "a tokenizer.model of SentencePiece or tokenizer.bin of llama2.c: whole pieces, each"
              + " once",
          "another file, or one cut off, after %d pieces".formatted(pieces.numbers.size()),
          Remedy.COPY,
          e);
    }
    return pieces.json().toString().getBytes(StandardCharsets.UTF_8);
  }

  private void read(SentencePieceModel model, String name) {
    if (model.obstacle() != null) {
      throw new FileFormatException(
          name,
          "a tokenizer.model as LLaMA's: byte pairs, tokens of bytes, spaces and characters kept",
          model.obstacle(),
          "convert it to a tokenizer.json, as transformers does:"
              + " AutoTokenizer.from_pretrained(folder).save_pretrained(folder)");
    }
    model.pieces().forEach(piece -> add(piece.text(), piece.score()));
    requirePieces();
  }

  private void read(ByteBuffer bytes) {
    bytes.getInt(); // the longest piece
    while (bytes.hasRemaining()) {
      float score = bytes.getFloat();
      int length = bytes.getInt();
      if (length < 0 || length > LONGEST) {
        throw new IllegalArgumentException("a piece of " + length + " bytes");
      }
      byte[] piece = new byte[length];
      bytes.get(piece);
      add(new String(piece, StandardCharsets.UTF_8).replace(" ", SPACE), score);
    }
    requirePieces();
  }

  private void add(String piece, float score) {
    int number = numbers.size();
    String text = number < FIRST_PIECE ? SPECIAL.get(number) : piece;
    if (numbers.put(text, number) != null) {
      throw new IllegalArgumentException("two pieces " + text);
    }
    scores.add(score);
  }

  private void requirePieces() {
    if (numbers.size() < FIRST_PIECE) {
      throw new IllegalArgumentException("no pieces");
    }
  }

  private ObjectNode json() {
    ObjectNode root = JsonNodeFactory.instance.objectNode().put("version", "1.0");
    ArrayNode added = root.putArray("added_tokens");
    SPECIAL.forEach(token -> addSpecial(token, added.addObject()));
    ArrayNode normalizers =
        root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
    normalizers.addObject().put("type", "Prepend").put("prepend", SPACE);
    replace(" ", SPACE, normalizers.addObject());
    addBegin(root.putObject("post_processor"));
    ArrayNode decoders = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
    replace(SPACE, " ", decoders.addObject());
    decoders.addObject().put("type", "ByteFallback");
    decoders.addObject().put("type", "Fuse");
    decoders.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    ObjectNode model = root.putObject("model").put("type", "BPE");
    model.put("unk_token", SPECIAL.get(0)).put("fuse_unk", true).put("byte_fallback", true);
    numbers.forEach(model.putObject("vocab")::put);
    merges().forEach(model.putArray("merges")::add);
    return root;
  }

  private void addSpecial(String token, ObjectNode json) {
    json.put("id", numbers.get(token)).put("content", token).put("special", true);
    json.put("normalized", false).put("single_word", false);
    json.put("lstrip", false).put("rstrip", false);
  }

  private static void replace(String pattern, String content, ObjectNode json) {
    json.put("type", "Replace").put("content", content);
    json.putObject("pattern").put("String", pattern);
  }

  /** Texts begin with {@code <s>}. */
  private void addBegin(ObjectNode json) {
    String begin = SPECIAL.get(1);
    json.put("type", "TemplateProcessing");
    ArrayNode single = json.putArray("single");
    single.addObject().putObject("SpecialToken").put("id", begin).put("type_id", 0);
    single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    json.putArray("pair").addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    ObjectNode token = json.putObject("special_tokens").putObject(begin).put("id", begin);
    token.putArray("ids").add(numbers.get(begin));
    token.putArray("tokens").add(begin);
  }

  /** All pairs of pieces that make a piece, that of the greatest score first. */
  private List<String> merges() {
    List<String> byScore = new ArrayList<>(numbers.keySet());
    byScore.sort(Comparator.comparingDouble(piece -> -scores.get(numbers.get(piece))));
    List<String> merges = new ArrayList<>();
    for (String piece : byScore) {
      if (numbers.get(piece) >= FIRST_PIECE) {
        for (int at = 1; at < piece.length(); at++) {
          String left = piece.substring(0, at);
          String right = piece.substring(at);
          if (numbers.containsKey(left) && numbers.containsKey(right)) {
            merges.add(left + " " + right);
          }
        }
      }
    }
    return merges;
  }
}
