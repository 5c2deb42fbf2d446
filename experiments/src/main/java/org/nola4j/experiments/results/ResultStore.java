// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.nola4j.experiments.common.AtomicFiles;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.JsonErrors;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;

/**
 * The results below one folder: {@code <experiment>/<method>-seed<S>.json}, and the files beside
 * them.
 *
 * <p>A result is replaced only by a whole new one.
 */
public final class ResultStore {
  private static final Pattern RESULT = Pattern.compile(".+-seed-?\\d+\\.json");

  private final Path root;

  /** The store in a folder, which need not exist yet. */
  public ResultStore(Path root) {
    this.root = root;
  }

  /** Where an experiment's files are. */
  public Path folder(String experiment) {
    return root.resolve(experiment);
  }

  /** Where a run's result is. */
  public Path resultFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".json");
  }

  /** Where a run's trained numbers are. */
  public Path adapterFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".safetensors");
  }

  /** Where a run's figures of each epoch are. */
  public Path curveFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".csv");
  }

  /** Where an unfinished run's state is. */
  public Path checkpointFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".checkpoint");
  }

  /** What a process that trains a run holds. */
  public Path lockFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".lock");
  }

  /** Stores a result; an older one of the same run stays until this one is on disk. */
  public void write(ExperimentResult result) throws IOException {
    AtomicFiles.write(
        resultFile(result.id()),
        out -> {
          out.write(Json.writer().writeValueAsBytes(result));
          out.write("\n".getBytes(StandardCharsets.UTF_8));
        });
  }

  /** Replaces a run's figures of each epoch. */
  public void writeCurve(RunId id, Table epochs) throws IOException {
    byte[] text = TableFormat.CSV.render(epochs).getBytes(StandardCharsets.UTF_8);
    AtomicFiles.write(curveFile(id), out -> out.write(text));
  }

  /**
   * A run's result, if it is there.
   *
   * @throws UserException if the file is malformed
   */
  public Optional<ExperimentResult> find(RunId id) {
    Path file = resultFile(id);
    return Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
  }

  /**
   * All results of an experiment, by method and seed.
   *
   * @throws UserException if there is none or one is malformed
   */
  public List<ExperimentResult> readAll(String experiment) {
    Path folder = folder(experiment);
    List<ExperimentResult> results = new ArrayList<>();
    for (Path file : resultFiles(folder)) {
      ExperimentResult result = read(file);
      if (!file.getFileName().equals(resultFile(result.id()).getFileName())) {
        throw new UserException(
            "%s: holds %s, whose file is called %s"
                .formatted(file, result.id(), resultFile(result.id()).getFileName()));
      }
      results.add(result);
    }
    if (results.isEmpty()) {
      throw new UserException(
          "no results in %s; ./nola run %s --out %s makes them"
              .formatted(folder, experiment, root));
    }
    return results;
  }

  /**
   * Reads one result file.
   *
   * @throws UserException if it cannot be read or is malformed; the message names file and field
   */
  public static ExperimentResult read(Path file) {
    JsonNode tree = null;
    try {
      tree = Json.object(Json.read(file));
      return Json.LENIENT.treeToValue(tree, ExperimentResult.class);
    } catch (JsonProcessingException e) {
      String problem = tree == null ? JsonErrors.syntax(e) : JsonErrors.mapping(e, tree);
      throw new UserException("%s: not a result: %s".formatted(file, problem), e);
    } catch (NoSuchFileException e) {
      throw new UserException("no such file: " + file, e);
    } catch (IOException e) {
      throw new UserException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static List<Path> resultFiles(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> RESULT.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UserException("cannot read %s: %s".formatted(folder, e.getMessage()), e);
    }
  }
}
