// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Keeps leftover debug messages of Deeplearning4j off standard output.
 *
 * <p>Release 1.0.0-M2.1 prints a line with {@code System.out.println} for every operation of every
 * graph it differentiates. Exactly these lines are dropped.
 */
public final class QuietStandardOut {
  private static final String NOISE = "Added differentiated op ";

  private QuietStandardOut() {}

  /**
   * Replaces {@code System.out} with a filter.
   *
   * @return standard output itself, for output that must not wait for the end of a line
   */
  public static PrintStream install() {
    PrintStream real =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    System.setOut(filter(real));
    return real;
  }

  /** A stream that forwards everything except those lines. */
  static PrintStream filter(OutputStream real) {
    return new PrintStream(new LineFilter(real), true, StandardCharsets.UTF_8);
  }

  private static final class LineFilter extends FilterOutputStream {
    private static final byte[] START = NOISE.getBytes(StandardCharsets.UTF_8);

    /** The part of the current line that has not been forwarded. */
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    private boolean beginningPassedOn;

    LineFilter(OutputStream real) {
      super(real);
    }

    @Override
    public synchronized void write(int character) throws IOException {
      line.write(character);
      if (character == '\n') {
        endLine();
      }
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
      for (int i = offset; i < offset + length; i++) {
        write(bytes[i]);
      }
    }

    /** Forwards the beginning of a line as soon as the line cannot be dropped. */
    @Override
    public synchronized void flush() throws IOException {
      if (!mayBecomeNoise()) {
        beginningPassedOn = true;
        line.writeTo(out);
        line.reset();
      }
      out.flush();
    }

    private void endLine() throws IOException {
      byte[] whole = line.toByteArray();
      boolean noise = whole.length > START.length && mayBecomeNoise();
      line.reset();
      beginningPassedOn = false;
      if (!noise) {
        out.write(whole);
      }
    }

    private boolean mayBecomeNoise() {
      if (beginningPassedOn) {
        return false;
      }
      byte[] beginning = line.toByteArray();
      int length = Math.min(beginning.length, START.length);
      return Arrays.equals(beginning, 0, length, START, 0, length);
    }
  }
}
