// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.soak;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;

/**
 * Gives every reader damaged files, and looks whether each is read or refused as documented, in
 * little time and memory.
 *
 * <p>The normal suite runs a few thousand; {@code main} runs as many as it is told to: {@code java
 * ... org.nola4j.experiments.soak.ReaderSoak 500000 SEED}, or of some readers, {@code 500000 SEED
 * tokenizer}.
 */
final class ReaderSoak {
  /** Over the size of the file. */
  static final long MOST_BYTES = 64L << 20;

  static final double MOST_SECONDS = 2;
  private static final int SHOWN = 20;
  private static final Set<String> SLOW =
      Set.of("model", "copy of a model", "configuration", "JPEG container", "archive");

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final long thread = Thread.currentThread().getId();
  private final List<Subject> subjects;
  private final long seed;
  private final Random random;
  private final Damage damage;
  private final List<String> failures = new ArrayList<>();
  private final Map<String, int[]> counts = new LinkedHashMap<>();
  private int failed;
  private int files;
  private int refused;
  private double longest;
  private long most;
  private String longestOf = "";
  private String mostOf = "";

  ReaderSoak(List<Subject> subjects, long seed) {
    this.subjects = subjects;
    this.seed = seed;
    this.random = new Random(seed);
    this.damage = new Damage(random);
  }

  /**
   * What came out.
   *
   * @param files that were given to readers
   * @param refused of these
   * @param failures the first ones, in words
   * @param failed all of them
   * @param seconds processor time of the longest refusal
   * @param bytes most that one took from the heap in all, and off the heap at its end, over the
   *     size of its file: no less than its peak
   */
  record Outcome(
      int files, int refused, List<String> failures, int failed, double seconds, long bytes) {}

  Outcome run(int count) throws IOException {
    for (Subject subject : subjects) {
      for (byte[] original : subject.originals()) {
        read(subject, original, true); // warms the reader up, and shows that it reads
      }
    }
    longest = 0;
    most = 0;
    refused = 0;
    counts.clear();
    List<Subject> turns = turns();
    for (int i = 0; i < count; i++) {
      Subject subject = turns.get(i % turns.size());
      read(subject, damage.of(subject.originals()), false);
      files++;
    }
    return new Outcome(files, refused, List.copyOf(failures), failed, longest, most);
  }

  /** Readers that are slow have one turn where others have several. */
  private List<Subject> turns() {
    List<Subject> turns = new ArrayList<>();
    for (Subject subject : subjects) {
      turns.addAll(Collections.nCopies(SLOW.contains(subject.name()) ? 1 : 5, subject));
    }
    return turns;
  }

  private void read(Subject subject, byte[] bytes, boolean intact) throws IOException {
    Files.createDirectories(subject.file().getParent());
    Files.write(subject.file(), bytes);
    long heap = threads.getThreadAllocatedBytes(thread);
    long other = Pointer.totalBytes();
    long nanos = threads.getCurrentThreadCpuTime();
    Throwable thrown = null;
    try {
      subject.reader().read();
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      thrown = e;
    }
    double seconds = (threads.getCurrentThreadCpuTime() - nanos) * 1e-9;
    long taken =
        threads.getThreadAllocatedBytes(thread)
            - heap
            + Math.max(0, Pointer.totalBytes() - other)
            - bytes.length;
    int[] count = counts.computeIfAbsent(subject.name(), name -> new int[2]);
    count[0]++;
    if (thrown != null) {
      refused++;
      count[1]++;
      judge(subject, thrown, intact);
      if (seconds > longest) {
        longest = seconds;
        longestOf = subject.name() + ": " + thrown;
      }
      if (seconds > MOST_SECONDS) {
        fail(subject, "took " + seconds + " s", thrown);
      }
    }
    if (taken > most) {
      most = taken;
      mostOf = subject.name() + ": " + thrown;
    }
    if (taken > MOST_BYTES) {
      fail(subject, "took " + taken + " bytes more than its file", thrown);
    }
  }

  private void judge(Subject subject, Throwable thrown, boolean intact) {
    if (intact) {
      fail(subject, "refused an intact file", thrown);
    } else if (!subject.documents(thrown)) {
      fail(subject, "let an exception through", thrown);
    } else if (thrown.getMessage() == null || thrown.getMessage().length() > 20_000) {
      fail(subject, "has no message, or a long one", thrown);
    }
  }

  private void fail(Subject subject, String what, Throwable thrown) {
    failed++;
    if (failures.size() < SHOWN) {
      StringBuilder text = new StringBuilder();
      text.append("%s, file %d of seed %d: %s".formatted(subject.name(), files, seed, what));
      for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
        StackTraceElement[] trace = cause.getStackTrace();
        text.append("; ").append(cause.toString().lines().findFirst().orElse(""));
        text.append(trace.length == 0 ? "" : " at " + trace[0]);
      }
      failures.add(text.toString());
    }
  }

  /** The files and refusals of every reader. */
  private void printCounts() {
    counts.forEach(
        (name, count) ->
            System.out.printf(
                Locale.ROOT, "  %s: %d files, %d refused%n", name, count[0], count[1]));
  }

  /**
   * Runs as many files as the first argument says, with the second one for a seed, of the readers
   * whose name contains the third.
   */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createTempDirectory("soak");
    long seed = arguments.length < 2 ? 1 : Long.parseLong(arguments[1]);
    String part = arguments.length < 3 ? "" : arguments[2];
    ReaderSoak soak =
        new ReaderSoak(
            Subjects.in(folder).stream().filter(each -> each.name().contains(part)).toList(), seed);
    Outcome outcome = soak.run(Integer.parseInt(arguments[0]));
    soak.printCounts();
    outcome.failures().forEach(System.out::println);
    System.out.printf(
        Locale.ROOT,
        "%d files, %d refused, %d failures; longest refusal %.3f s (%s); most memory over the"
            + " file's size %.1f MiB (%s)%n",
        outcome.files(),
        outcome.refused(),
        outcome.failed(),
        outcome.seconds(),
        soak.longestOf,
        outcome.bytes() / 1048576.0,
        soak.mostOf);
  }
}
