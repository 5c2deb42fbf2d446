// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nola4j.internal.basis.Generator;

/** The 32 bits of a word, among each other and against those of related words. */
@Tag("slow")
class WordStatisticsTest {
  private static final int WORDS = 1 << 16;
  private static final int STREAMS = 4;

  @Test
  void everyBitIsBalanced() {
    Evidence evidence = new Evidence(Evidence.SEEDS.length * STREAMS * 32);
    for (long seed : Evidence.SEEDS) {
      for (int stream = 0; stream < STREAMS; stream++) {
        for (long[] bit : stream(seed, stream, 0)) {
          evidence.addFlips(ones(bit, new long[bit.length]), WORDS);
        }
      }
    }
    evidence.assertNormal("bits of a word: balance", "65,536 words");
  }

  @Test
  void bitsOfAWordAreUncorrelated() {
    Evidence evidence = new Evidence(Evidence.SEEDS.length * STREAMS * 32 * 31 / 2);
    for (long seed : Evidence.SEEDS) {
      for (int stream = 0; stream < STREAMS; stream++) {
        long[][] bits = stream(seed, stream, 0);
        for (int a = 0; a < 32; a++) {
          for (int b = 0; b < a; b++) {
            evidence.addFlips(ones(bits[a], bits[b]), WORDS);
          }
        }
      }
    }
    evidence.assertNormal("bits of a word: all 496 pairs", "65,536 words");
  }

  @Test
  void bitsOfNeighboringWordsAreUncorrelated() {
    Evidence evidence = new Evidence(Evidence.SEEDS.length * STREAMS * 1024);
    for (long seed : Evidence.SEEDS) {
      for (int stream = 0; stream < STREAMS; stream++) {
        addPairs(evidence, stream(seed, stream, 0), stream(seed, stream, 1));
      }
    }
    evidence.assertNormal("bits of words w, w + 1: all 1,024 pairs", "65,536 words");
  }

  @Test
  void bitsOfNeighboringStreamsAreUncorrelated() {
    Evidence evidence = new Evidence(Evidence.SEEDS.length * STREAMS * 1024);
    for (long seed : Evidence.SEEDS) {
      for (int stream = 0; stream < STREAMS; stream++) {
        addPairs(evidence, stream(seed, stream, 0), stream(seed, stream + 1, 0));
      }
    }
    evidence.assertNormal("bits of streams i, i + 1: all 1,024 pairs", "65,536 words");
  }

  @Test
  void bitsOfNeighboringSeedsAreUncorrelated() {
    Evidence evidence = new Evidence(Evidence.SEEDS.length * 1024);
    for (long seed : Evidence.SEEDS) {
      addPairs(evidence, stream(seed, 0, 0), stream(seed + 1, 0, 0));
    }
    evidence.assertNormal("bits of seeds s, s + 1: all 1,024 pairs", "65,536 words");
  }

  /** Positions are common to all streams: two of them must still differ at random. */
  @Test
  void bitsOfTwoPositionsAreUncorrelatedOverTheStreams() {
    Evidence evidence = new Evidence(Evidence.SEEDS.length * 1024);
    for (long seed : Evidence.SEEDS) {
      addPairs(
          evidence,
          transposed(stream -> word(seed, stream, 0)),
          transposed(stream -> word(seed, stream, 1)));
    }
    evidence.assertNormal("bits of words 0, 1 over the streams: all 1,024 pairs", "65,536 streams");
  }

  @Test
  void everyBitOfSeedStreamAndIndexFlipsHalfOfTheWord() {
    int samples = 1 << 13;
    Evidence seeds = new Evidence(64 * 32);
    Evidence streams = new Evidence(31 * 32);
    Evidence indices = new Evidence(31 * 32);
    SplittableRandom random = new SplittableRandom(1);
    int[][] flipped = new int[64 + 31 + 31][32];
    for (int n = 0; n < samples; n++) {
      long seed = random.nextLong();
      int stream = random.nextInt() >>> 1;
      int index = random.nextInt() >>> 1;
      int word = word(seed, stream, index);
      for (int bit = 0; bit < 64; bit++) {
        count(flipped[bit], word ^ word(seed ^ 1L << bit, stream, index));
      }
      for (int bit = 0; bit < 31; bit++) {
        count(flipped[64 + bit], word ^ word(seed, stream ^ 1 << bit, index));
        count(flipped[95 + bit], word ^ word(seed, stream, index ^ 1 << bit));
      }
    }
    for (int input = 0; input < flipped.length; input++) {
      Evidence evidence = input < 64 ? seeds : input < 95 ? streams : indices;
      for (int flips : flipped[input]) {
        evidence.addFlips(flips, samples);
      }
    }
    seeds.assertNormal("avalanche: 64 bits of the seed to 32 of a word", "8,192 random words");
    streams.assertNormal("avalanche: 31 bits of the stream to 32 of a word", "8,192 random words");
    indices.assertNormal("avalanche: 31 bits of the index to 32 of a word", "8,192 random words");
  }

  private static void count(int[] counts, int bits) {
    for (int bit = 0; bit < 32; bit++) {
      counts[bit] += bits >>> bit & 1;
    }
  }

  private static int word(long seed, int stream, int index) {
    long key = Generator.key(seed, stream);
    return Generator.word(
        Generator.position(index), Generator.offset(key), Generator.multiplier(key));
  }

  /** The bits of a stream's words from {@code first} on: 32 sequences of bits. */
  private static long[][] stream(long seed, int stream, int first) {
    return transposed(w -> word(seed, stream, first + w));
  }

  private static long[][] transposed(IntUnaryOperator words) {
    long[][] bits = new long[32][WORDS / 64];
    for (int w = 0; w < WORDS; w++) {
      int word = words.applyAsInt(w);
      for (int bit = 0; bit < 32; bit++) {
        bits[bit][w / 64] |= (word >>> bit & 1L) << w % 64;
      }
    }
    return bits;
  }

  private static void addPairs(Evidence evidence, long[][] a, long[][] b) {
    for (long[] bitA : a) {
      for (long[] bitB : b) {
        evidence.addFlips(ones(bitA, bitB), WORDS);
      }
    }
  }

  /** How often two sequences of bits differ. */
  private static long ones(long[] a, long[] b) {
    long ones = 0;
    for (int i = 0; i < a.length; i++) {
      ones += Long.bitCount(a[i] ^ b[i]);
    }
    return ones;
  }
}
