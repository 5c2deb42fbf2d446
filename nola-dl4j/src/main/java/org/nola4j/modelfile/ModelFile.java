// SPDX-License-Identifier: Apache-2.0
package org.nola4j.modelfile;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UTFDataFormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.io.AtomicFile;
import org.nola4j.internal.io.Remedy;
import org.nola4j.io.FileFormatException;

/**
 * A model file of {@code ModelSerializer}, a ZIP archive, read as untrusted input: only
 * configuration and parameters are read, and the configuration may name only classes of
 * Deeplearning4j and this library, unless others are {@linkplain #allowing allowed}. {@code
 * ModelSerializer} loads whatever class a configuration names, and gives {@code preprocessor.bin}
 * to Java's deserialization, so that a file can run code.
 *
 * <p>{@link #write} replaces the network in a copy of the file; normalizers, objects and everything
 * else are copied as bytes.
 *
 * <p>Memory: the network's, and that of the configuration; files that claim more parameters than
 * their size allows are refused before memory is allocated.
 */
public final class ModelFile {
  private static final String CONFIGURATION = ModelSerializer.CONFIGURATION_JSON;
  private static final String PARAMETERS = ModelSerializer.COEFFICIENTS_BIN;
  private static final int LONGEST_CONFIGURATION = 8 << 20;

  /** Entries that belong to the replaced parameters. */
  private static final Set<String> UPDATER_STATE =
      Set.of(ModelSerializer.UPDATER_BIN, "updater.bin");

  private static final Set<String> NETWORK =
      Set.of(CONFIGURATION, PARAMETERS, ModelSerializer.NO_PARAMS_MARKER);

  private final Path path;
  private final ClassNames classes;
  private final ConfigurationReader reader;

  private ModelFile(Path path, ClassNames classes, ConfigurationReader reader) {
    this.path = path;
    this.classes = classes;
    this.reader = reader;
  }

  /** The file at a path. */
  public static ModelFile of(Path path) {
    return new ModelFile(path, ClassNames.USUAL, ConfigurationReader.USUAL);
  }

  /**
   * Returns a copy that allows more classes in the configuration, such as custom layers. Name only
   * classes whose loading and setters are harmless.
   *
   * @param names full names of classes, or packages with their subpackages such as {@code
   *     com.example.layers.*}
   */
  public ModelFile allowing(Collection<String> names) {
    ClassNames more = classes.and(names);
    return names.isEmpty() ? this : new ModelFile(path, more, new ConfigurationReader(more));
  }

  /**
   * The network, initialized, without the state of its updater.
   *
   * @return a {@link MultiLayerNetwork} or a {@link ComputationGraph}
   * @throws FileFormatException if it is not such a file, is damaged, or names other classes
   * @throws IOException if it cannot be read
   */
  public Model read() throws IOException {
    try (ZipFile zip = open()) {
      Object configuration = reader.read(configuration(zip), name());
      try {
        return configuration instanceof MultiLayerConfiguration layers
            ? network(layers, zip)
            : graph((ComputationGraphConfiguration) configuration, zip);
      } catch (FileFormatException e) {
        throw e;
      } catch (RuntimeException e) {
        throw new FileFormatException(
            name(), "a configuration of a network", firstLine(e), Remedy.COPY, e);
      }
    } catch (ZipException | EOFException | UTFDataFormatException e) {
      throw damaged(e);
    }
  }

  private MultiLayerNetwork network(MultiLayerConfiguration configuration, ZipFile zip)
      throws IOException {
    long expected =
        configuration.getConfs().stream()
            .mapToLong(conf -> conf.getLayer().initializer().numParams(conf))
            .reduce(0, Math::addExact);
    INDArray parameters = parameters(zip, expected);
    if (parameters != null) {
      configuration.setDataType(parameters.dataType());
    }
    MultiLayerNetwork network = new MultiLayerNetwork(configuration);
    network.init(parameters, false);
    return network;
  }

  private ComputationGraph graph(ComputationGraphConfiguration configuration, ZipFile zip)
      throws IOException {
    long expected =
        configuration.getVertices().values().stream()
            .mapToLong(vertex -> vertex.numParams(true))
            .reduce(0, Math::addExact);
    INDArray parameters = parameters(zip, expected);
    if (parameters != null) {
      configuration.setDataType(parameters.dataType());
    }
    ComputationGraph graph = new ComputationGraph(configuration);
    graph.init(parameters, false);
    return graph;
  }

  private String configuration(ZipFile zip) throws IOException {
    ZipEntry entry = entry(zip, CONFIGURATION);
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] json = in.readNBytes(LONGEST_CONFIGURATION + 1);
      if (json.length > LONGEST_CONFIGURATION) {
        throw new FileFormatException(
            name(),
            CONFIGURATION + " of at most " + LONGEST_CONFIGURATION + " bytes",
            "more",
            Remedy.COPY);
      }
      return StandardCharsets.UTF_8.decode(ByteBuffer.wrap(json)).toString();
    }
  }

  /** Null where the network has none. */
  private INDArray parameters(ZipFile zip, long expected) throws IOException {
    if (expected == 0) {
      return null;
    }
    ZipEntry entry = entry(zip, PARAMETERS);
    ParameterReader.Header header = null;
    try (InputStream in = new BufferedInputStream(zip.getInputStream(entry))) {
      ParameterReader reader = new ParameterReader(name(), in);
      try {
        header = reader.header();
        if (header.length() != expected) {
          throw new FileFormatException(
              name(),
              expected + " parameters, as the configuration says",
              String.valueOf(header.length()),
              Remedy.COPY);
        }
        CompressedEntry.of(zip, entry).require(header.bytes());
        return reader.numbers(header);
      } catch (EOFException e) {
        throw reader.truncated(header, e);
      }
    }
  }

  /**
   * Atomically writes a copy of this file with another network. The state of the updater is left
   * out, since it belongs to the old parameters; everything else is copied unread.
   *
   * @param network of either kind
   * @return names of the entries that were copied
   * @throws FileFormatException if this is not a ZIP file or is damaged
   */
  public List<String> write(Model network, Path target) throws IOException {
    try (ZipFile zip = open()) {
      Map<String, ZipEntry> others = others(zip);
      AtomicFile.writeStream(target, out -> write(network, zip, others.values(), out));
      return List.copyOf(others.keySet());
    } catch (ZipException | EOFException e) {
      throw damaged(e);
    }
  }

  private void write(Model network, ZipFile from, Collection<ZipEntry> others, OutputStream out)
      throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    new NetworkWriter(zip).write(network);
    for (ZipEntry entry : others) {
      zip.putNextEntry(new ZipEntry(entry.getName()));
      try (InputStream in = CompressedEntry.of(from, entry).bounded()) {
        in.transferTo(zip);
      }
    }
    zip.finish();
  }

  private static Map<String, ZipEntry> others(ZipFile zip) {
    Map<String, ZipEntry> others = new LinkedHashMap<>();
    zip.stream()
        .filter(e -> !NETWORK.contains(e.getName()) && !UPDATER_STATE.contains(e.getName()))
        .forEach(entry -> others.putIfAbsent(entry.getName(), entry));
    return others;
  }

  private ZipFile open() throws IOException {
    try {
      return new ZipFile(path.toFile());
    } catch (NoSuchFileException e) {
      throw e;
    } catch (ZipException | IllegalArgumentException e) {
      throw damaged(e);
    }
  }

  private ZipEntry entry(ZipFile zip, String entry) {
    ZipEntry found = zip.getEntry(entry);
    if (found == null) {
      throw new FileFormatException(
          name(),
          "a model that Deeplearning4j's ModelSerializer wrote",
          "no " + entry + " in it",
          "pass the file of a MultiLayerNetwork or ComputationGraph");
    }
    return found;
  }

  private FileFormatException damaged(Exception e) {
    return new FileFormatException(
        name(),
        "a model that Deeplearning4j's ModelSerializer wrote",
        "a damaged one: " + firstLine(e),
        Remedy.COPY,
        e);
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private String name() {
    return path.toString();
  }
}
