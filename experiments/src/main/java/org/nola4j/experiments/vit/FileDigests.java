package org.nola4j.experiments.vit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** SHA-256 of large files, computed once: the hundreds of runs of a grid share one of 346 MB. */
final class FileDigests {
  private static final Map<State, String> COMPUTED = new ConcurrentHashMap<>();

  /** A file as it is now; one that was changed has another size or time. */
  private record State(Path path, long size, FileTime modified) {
    static State of(Path file) throws IOException {
      Path path = file.toAbsolutePath().normalize();
      return new State(path, Files.size(path), Files.getLastModifiedTime(path));
    }
  }

  private FileDigests() {}

  /**
   * A file's SHA-256 in hexadecimal digits.
   *
   * @param computed told it, if it was not known
   */
  static String sha256(Path file, Consumer<String> computed) throws IOException {
    State state = State.of(file);
    String known = COMPUTED.get(state);
    if (known == null) {
      known = compute(file);
      COMPUTED.put(state, known);
      computed.accept(known);
    }
    return known;
  }

  private static String compute(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (DigestInputStream digesting = new DigestInputStream(in, digest)) {
        digesting.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
