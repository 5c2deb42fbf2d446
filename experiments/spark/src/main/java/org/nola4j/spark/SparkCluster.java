// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.AveragingConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.run.EnvironmentProbe;
import org.nola4j.experiments.spi.Cluster;
import org.nola4j.experiments.spi.Workers;

/** The executors of a Spark application. */
final class SparkCluster implements Cluster {
  private final JavaSparkContext context;
  private final Collector collector;
  private final boolean shipsData;

  SparkCluster(JavaSparkContext context, boolean shipsData) {
    this.context = context;
    this.collector = new Collector(context);
    this.shipsData = shipsData;
  }

  @Override
  public String description() {
    return "Spark %s, %s".formatted(context.version(), context.master());
  }

  @Override
  public Workers open(
      ExperimentConfig config,
      Optional<Path> data,
      ResultStore results,
      Consumer<String> notes,
      String digest) {
    return collector.use(
        () -> {
          String shipped = shipsData ? ship(config.dataset().name(), data) : null;
          return open(config, data, results, notes, digest, shipped);
        });
  }

  /** Prepares a run whose data set was sent, unless that is null. */
  Workers open(
      ExperimentConfig config,
      Optional<Path> data,
      ResultStore results,
      Consumer<String> notes,
      String digest,
      String shipped) {
    Job job =
        new Job(
            Json.text(config),
            config.experiment(),
            data.map(folder -> folder.toAbsolutePath().toString()).orElse(null),
            shipped,
            results.folder("").toAbsolutePath().toString(),
            digest,
            EnvironmentProbe.libraryVersion());
    int slots = Math.max(context.defaultParallelism(), config.training().averaging().workers());
    List<Integer> each = IntStream.range(0, slots).boxed().toList();
    collector.collect(context.parallelize(each, slots).map(slot -> Trainers.check(job))).stream()
        .flatMap(List::stream)
        .findFirst()
        .ifPresent(
            message -> {
              throw new UserException(message);
            });
    return new SparkWorkers(context, collector, job, note(config.training().averaging(), notes));
  }

  /** What is said once it is known what a round sends. */
  private Consumer<Traffic> note(AveragingConfig averaging, Consumer<String> notes) {
    return traffic ->
        notes.accept(
            String.format(
                Locale.ROOT,
                "%s: %d copies, averaged every %d steps; a round sends %,d bytes to each"
                    + " executor and %,d from each copy",
                description(),
                averaging.workers(),
                averaging.every(),
                traffic.toExecutor(),
                traffic.fromTask()));
  }

  /** Sends the folder of the data set, once, to every executor. */
  String ship(String set, Optional<Path> data) {
    Path folder =
        data.or(() -> Optional.ofNullable(System.getenv("NOLA_DATA")).map(Path::of))
            .map(all -> all.resolve(set))
            .filter(Files::isDirectory)
            .orElseThrow(
                () ->
                    new UserException(
                        "--ship-data sends the folder %s of --data or NOLA_DATA, but there is none: leave it out for a set that comes with the program, or set --data"
                            .formatted(set)));
    try {
      Path archive = zip(folder);
      context.sc().addArchive(archive.toUri() + "#" + set);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return set;
  }

  /** Spark sends no folders, but unpacks archives. */
  private static Path zip(Path folder) throws IOException {
    Path archive = Files.createTempFile("nola-data", ".zip");
    archive.toFile().deleteOnExit();
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive));
        Stream<Path> files = Files.walk(folder)) {
      zip.setLevel(Deflater.NO_COMPRESSION);
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = folder.relativize(file).toString().replace(File.separatorChar, '/');
        zip.putNextEntry(new ZipEntry(name));
        Files.copy(file, zip);
      }
    }
    return archive;
  }

  @Override
  public void close() {
    context.close();
  }
}
