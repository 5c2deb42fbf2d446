// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.LocalSparkCluster;
import org.apache.spark.serializer.KryoSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.spi.Cluster;

/** Applications that cannot start are one line soon, and not a wait. */
@Tag("slow")
class SparkStartTest {
  @TempDir Path folder;

  /** Runs with Spark's properties, which are Java's. */
  private static String failure(String master, Map<String, String> properties, Runnable run) {
    properties.forEach(System::setProperty);
    try {
      return assertThrows(UserException.class, run::run, master).getMessage();
    } finally {
      properties.keySet().forEach(System::clearProperty);
    }
  }

  private static String failure(String master, Map<String, String> properties) {
    return failure(master, properties, () -> new SparkProvider().connect(master, false).close());
  }

  /** What a run says that gets as far as its executors. */
  private String runFailure(String master, Map<String, String> properties) {
    ExperimentConfig config =
        ConfigLoader.packaged()
            .load(
                "mnist",
                "nola",
                List.of(
                    Setting.parse("training.averaging.workers=2"),
                    Setting.parse("training.averaging.every=1")));
    return failure(
        master,
        properties,
        () -> {
          try (Cluster cluster = new SparkProvider().connect(master, false)) {
            cluster.open(config, Optional.empty(), new ResultStore(folder), line -> {}, "");
          }
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nowhere | .*Could not parse Master URL: 'nowhere'",
        "spark://nowhere | .*: expected spark://HOST:PORT, as spark://node1:7077",
        "spark://a b:7077 | .*: expected spark://HOST:PORT, as spark://node1:7077",
        "spark://node.invalid:7077 | .*: no master listens there: start one, or correct host.*",
        "local-cluster[1,1,100] | .*launch cluster with 100 MiB/worker but requested 1024 MiB.*"
      })
  void wrongMastersAreNamed(String master, String message) {
    String found = failure(master, Map.of());
    assertTrue(found.startsWith("--spark " + master + ": ") && found.matches(message), found);
  }

  @Test
  void aMasterThatIsNotThereIsNamed() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    String master = "spark://127.0.0.1:" + free;
    assertEquals(
        "--spark %s: no master listens there: start one, or correct host and port"
            .formatted(master),
        failure(master, Map.of()));
  }

  @Test
  void kryoIsRefused() {
    String kryo = KryoSerializer.class.getName();
    assertEquals(
        "spark.serializer is %s, which cannot write methods: leave it out, so that it is Java's"
            .formatted(kryo),
        failure("local[2]", Map.of("spark.serializer", kryo)));
  }

  @Test
  void wrongPatienceIsNamed() {
    String found = failure("local[2]", Map.of("spark.nola.patience", "long"));
    assertTrue(found.contains("spark.nola.patience"), found);
  }

  /** A real master, without workers: Spark alone would wait forever. */
  @Test
  void aClusterWithoutWorkersIsGivenUp() {
    LocalSparkCluster empty = LocalSparkCluster.apply(0, 1, 1024, new SparkConf(false));
    String master = empty.start()[0];
    try {
      String found = runFailure(master, Map.of("spark.nola.patience", "3s"));
      assertTrue(
          found.matches(
              "no executor took a task for 3 s \\(0 of them are there\\): .* NOLA_JAVA_OPTS=.*"),
          found);
    } finally {
      empty.stop();
    }
  }

  @Test
  void tooLittleMemoryIsNamed() {
    String found = failure("local-cluster[1,1,1024]", Map.of("spark.executor.memory", "100m"));
    assertTrue(found.contains("Executor memory 104857600 must be at least"), found);
  }

  @Test
  void executorsWithoutJavaAreGivenUp() {
    String found =
        runFailure(
            "local-cluster[1,1,1024]",
            Map.of("spark.executorEnv.JAVA_HOME", "/nowhere", "spark.nola.patience", "60s"));
    assertTrue(found.matches("Spark gave up: .*|local-cluster.* ended the application, .*"), found);
  }
}
