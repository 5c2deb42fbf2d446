// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.nola4j.experiments.common.AtomicFiles;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.spi.Run;
import org.nola4j.internal.io.BoundedStream;
import org.nola4j.io.FileFormatException;

/**
 * The file of an unfinished run: a ZIP archive of {@code checkpoint.json} and the network's opaque
 * {@code state.bin}, so that both have a checksum and any tool can look inside.
 */
public final class CheckpointFile {
  private static final String HEADER = "checkpoint.json";
  private static final String STATE = "state.bin";

  private final Path path;

  /** Creates a checkpoint file for a path, which need not exist. */
  public CheckpointFile(Path path) {
    this.path = path;
  }

  /** Whether there is one. */
  public boolean exists() {
    return Files.exists(path);
  }

  /** Replaces the checkpoint with the run's current state. */
  public void write(Checkpoint checkpoint, Run run) throws IOException {
    AtomicFiles.write(
        path,
        out -> {
          ZipOutputStream zip = new ZipOutputStream(out);
          // Trained numbers look random: compressing them takes time and saves nothing.
          zip.setLevel(Deflater.NO_COMPRESSION);
          zip.putNextEntry(new ZipEntry(HEADER));
          zip.write(Json.writer().writeValueAsBytes(checkpoint));
          zip.putNextEntry(new ZipEntry(STATE));
          run.writeState(unclosable(zip));
          zip.finish();
        });
  }

  /**
   * Reads the progress of the run.
   *
   * @throws UserException if the file is damaged
   */
  public Checkpoint read() {
    return open((checkpoint, state) -> {});
  }

  /**
   * Restores the state into a fresh run.
   *
   * @return the progress of the run
   * @throws UserException if the file is damaged or belongs to another network or other data
   */
  public Checkpoint restore(Run run) {
    return open(
        (checkpoint, state) -> {
          requireData(checkpoint.dataset(), run.dataset());
          run.readState(state);
        });
  }

  /** The same name may mean other files on another machine or with another folder. */
  private void requireData(DatasetSummary before, DatasetSummary now) {
    if (before == null || before.matches(now)) {
      return;
    }
    if (before.text().equals(now.text())) {
      throw new UserException(
          "%s: the images or labels of %s have changed since the run began; restore them, set --data to their folder, or delete the file to start over"
              .formatted(path, now.text()));
    }
    throw new UserException(
        "%s: the run began on %s, but the data is now %s; set --data to the folder of the former, or delete the file to start over"
            .formatted(path, before.text(), now.text()));
  }

  /** Its path. */
  @Override
  public String toString() {
    return path.toString();
  }

  /** Deletes the checkpoint, if there is one. */
  public void delete() throws IOException {
    Files.deleteIfExists(path);
  }

  @FunctionalInterface
  private interface Reader {
    void read(Checkpoint checkpoint, InputStream state) throws IOException;
  }

  private Checkpoint open(Reader reader) {
    try (ZipInputStream zip =
        new ZipInputStream(new BufferedInputStream(Files.newInputStream(path)))) {
      enter(zip, HEADER);
      JsonNode json = Json.object(Json.read(zip));
      Checkpoint checkpoint = Json.LENIENT.treeToValue(json, Checkpoint.class);
      enter(zip, STATE);
      InputStream state = new BoundedStream(zip, path.toString(), Files.size(path));
      reader.read(checkpoint, unclosable(state));
      // The checksum is only verified at the end of the entry.
      state.transferTo(OutputStream.nullOutputStream());
      return checkpoint;
    } catch (NoSuchFileException e) {
      throw new UserException("no such file: " + path, e);
    } catch (JsonProcessingException e) {
      throw damaged(e.getOriginalMessage(), e);
    } catch (EOFException e) {
      throw damaged("it is truncated", e);
    } catch (IOException | IllegalArgumentException | FileFormatException e) {
      // java.util.zip throws the second for a name that is not UTF-8.
      throw damaged(e.getMessage(), e);
    }
  }

  private static void enter(ZipInputStream zip, String expected) throws IOException {
    ZipEntry entry = zip.getNextEntry();
    if (entry == null || !entry.getName().equals(expected)) {
      throw new ZipException(
          "expected %s, found %s".formatted(expected, entry == null ? "nothing" : entry.getName()));
    }
  }

  private UserException damaged(String problem, Exception cause) {
    return new UserException(
        "%s: cannot continue from this checkpoint (%s); delete it to start over"
            .formatted(path, problem),
        cause);
  }

  private static OutputStream unclosable(OutputStream out) {
    return new FilterOutputStream(out) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        flush();
      }
    };
  }

  private static InputStream unclosable(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public void close() {}
    };
  }
}
