// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * SentencePiece's {@code tokenizer.model}, a protocol buffer: the pieces, and whether texts become
 * tokens as LLaMA's do.
 */
final class SentencePieceModel {
  /**
   * A piece of texts.
   *
   * @param score the greater, the earlier it is joined
   */
  record Piece(String text, float score) {}

  /** Receives the fields of a message. */
  @FunctionalInterface
  private interface Fields {
    /**
     * Takes a field.
     *
     * @param value of a number; the bits of a float
     * @param bytes of a string or message; null for numbers
     */
    void take(int number, long value, ByteBuffer bytes);
  }

  private static final int BPE = 2;
  private static final int USER_DEFINED = 4;

  private final List<Piece> pieces = new ArrayList<>();
  private String obstacle;
  private boolean pairs;
  private boolean byteFallback;
  private boolean dummyPrefix = true;
  private boolean joinsSpaces = true;

  private SentencePieceModel() {}

  /**
   * Reads a file.
   *
   * @throws java.nio.BufferUnderflowException if it is cut off
   * @throws IllegalArgumentException if it is none
   */
  static SentencePieceModel read(byte[] file) {
    SentencePieceModel model = new SentencePieceModel();
    each(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN), model::part);
    return model;
  }

  private void part(int number, long value, ByteBuffer bytes) {
    if (bytes == null) {
      return;
    }
    switch (number) {
      case 1 -> piece(bytes);
      case 2 -> each(bytes, this::trainer);
      case 3 -> each(bytes, this::normalizer);
      default -> {} // nothing that tokens depend on
    }
  }

  private void piece(ByteBuffer message) {
    String[] text = {""};
    float[] score = {0};
    each(
        message,
        (number, value, bytes) -> {
          if (number == 1 && bytes != null) {
            text[0] = StandardCharsets.UTF_8.decode(bytes).toString();
          } else if (number == 2) {
            score[0] = Float.intBitsToFloat((int) value);
          } else if (number == 3 && value == USER_DEFINED) {
            obstacle = "pieces that its user defined";
          }
        });
    pieces.add(new Piece(text[0], score[0]));
  }

  private void trainer(int number, long value, ByteBuffer bytes) {
    if (number == 3) {
      pairs = value == BPE;
    } else if (number == 35) {
      byteFallback = value != 0;
    }
  }

  private void normalizer(int number, long value, ByteBuffer bytes) {
    if (number == 2 && bytes != null && bytes.hasRemaining()) {
      obstacle = "characters that it replaces";
    } else if (number == 3) {
      dummyPrefix = value != 0;
    } else if (number == 4) {
      joinsSpaces = value != 0;
    }
  }

  /** The pieces, in the order of their numbers. */
  List<Piece> pieces() {
    return List.copyOf(pieces);
  }

  /** What a LLaMA's tokenizer does not have, or lacks; null for nothing. */
  String obstacle() {
    if (!pairs) {
      return "no byte pairs";
    }
    if (!byteFallback) {
      return "no tokens of bytes for unknown characters";
    }
    if (!dummyPrefix || joinsSpaces) {
      return "other rules for spaces";
    }
    return obstacle;
  }

  private static void each(ByteBuffer message, Fields fields) {
    while (message.hasRemaining()) {
      long key = number(message);
      int field = (int) (key >>> 3);
      switch ((int) key & 7) {
        case 0 -> fields.take(field, number(message), null);
        case 1 -> fields.take(field, message.getLong(), null);
        case 2 -> fields.take(field, 0, bytes(message));
        case 5 -> fields.take(field, message.getInt(), null);
        default -> throw new IllegalArgumentException("no protocol buffer");
      }
    }
  }

  private static ByteBuffer bytes(ByteBuffer message) {
    long length = number(message);
    if (length < 0 || length > message.remaining()) {
      throw new IllegalArgumentException("a field of " + length + " bytes");
    }
    ByteBuffer bytes = message.slice(message.position(), (int) length).order(message.order());
    message.position(message.position() + (int) length);
    return bytes;
  }

  /** Seven bits a byte, the lowest first. */
  private static long number(ByteBuffer message) {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = message.get();
      number |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return number;
      }
    }
    throw new IllegalArgumentException("a number of more than 64 bits");
  }
}
