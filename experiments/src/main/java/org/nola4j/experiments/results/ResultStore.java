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
 * Results in a folder: {@code <experiment>/<method>-seed<S>.json} and related files.
 *
 * <p>A result is only replaced by a complete new one.
 */
public final class ResultStore {
  private static final Pattern RESULT = Pattern.compile(".+-seed-?\\d+\\.json");
  private static final Pattern CHECKPOINT = Pattern.compile(".+-seed-?\\d+\\.checkpoint");

  private final Path root;

  /** Creates a store for a folder, which need not exist yet. */
  public ResultStore(Path root) {
    this.root = root;
  }

  /** The folder of an experiment. */
  public Path folder(String experiment) {
    return root.resolve(experiment);
  }

  /** The file with a run's result. */
  public Path resultFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".json");
  }

  /** The file with a run's trained numbers. */
  public Path adapterFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".safetensors");
  }

  /** The file with a run's metrics of each epoch. */
  public Path curveFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".csv");
  }

  /** The file with an unfinished run's state. */
  public Path checkpointFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".checkpoint");
  }

  /** The file with the texts that a run's language model writes, one per line. */
  public Path hypothesesFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".hypotheses.txt");
  }

  /** The file with the texts by people that they are compared with. */
  public Path referencesFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".references.txt");
  }

  /** The file locked by a process that trains a run. */
  public Path lockFile(RunId id) {
    return folder(id.experiment()).resolve(id.fileStem() + ".lock");
  }

  /** Stores a result. An older one of the same run stays until this one is on disk. */
  public void write(ExperimentResult result) throws IOException {
    AtomicFiles.write(
        resultFile(result.id()),
        out -> {
          out.write(Json.writer().writeValueAsBytes(result));
          out.write("\n".getBytes(StandardCharsets.UTF_8));
        });
  }

  /** Replaces a run's metrics of each epoch. */
  public void writeCurve(RunId id, Table epochs) throws IOException {
    byte[] text = TableFormat.CSV.render(epochs).getBytes(StandardCharsets.UTF_8);
    AtomicFiles.write(curveFile(id), out -> out.write(text));
  }

  /**
   * A run's result, if there is one.
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
            "%s: contains %s, whose file name is %s"
                .formatted(file, result.id(), resultFile(result.id()).getFileName()));
      }
      results.add(result);
    }
    if (results.isEmpty()) {
      throw new UserException(
          "no results in %s; %s".formatted(folder, remedy(experiment, unfinished(folder))));
    }
    return results;
  }

  /** A run that is started over would discard what an unfinished one has. */
  private String remedy(String experiment, List<Path> unfinished) {
    return unfinished.isEmpty()
        ? "run ./nola run %s --out %s".formatted(experiment, root)
        : "%s is unfinished: to continue, repeat its command (of ./nola run, with --resume)"
            .formatted(unfinished.get(0).getFileName());
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

  /** Whether a file's name is one that a run's result has. */
  public static boolean isNamedLikeAResult(Path file) {
    return RESULT.matcher(file.getFileName().toString()).matches();
  }

  private static List<Path> resultFiles(Path folder) {
    return files(folder, RESULT);
  }

  private static List<Path> unfinished(Path folder) {
    return files(folder, CHECKPOINT);
  }

  private static List<Path> files(Path folder, Pattern name) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> name.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UserException("cannot read %s: %s".formatted(folder, e.getMessage()), e);
    }
  }
}
