// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.io.Sha256;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;
import org.nola4j.safetensors.SafetensorsFile;

/**
 * The tensors of one safetensors file, or of several that Hugging Face's index {@code
 * model.safetensors.index.json} lists.
 */
final class ShardedTensors implements Closeable {
  /** The file's name where there is one. */
  static final String SINGLE = "model.safetensors";

  /** The index's name where there are several. */
  static final String INDEX = "model.safetensors.index.json";

  /** Longer ones no file system has. */
  private static final int LONGEST_NAME = 255;

  private final Path path;
  private final List<Path> paths;
  private final List<SafetensorsFile> files = new ArrayList<>();
  private final Map<String, SafetensorsFile> tensors = new LinkedHashMap<>();

  private ShardedTensors(Path path, List<Path> paths) throws IOException {
    this.path = path;
    this.paths = List.copyOf(paths);
    try {
      for (Path each : paths) {
        add(SafetensorsFile.open(each));
      }
    } catch (IOException | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void add(SafetensorsFile file) {
    files.add(file);
    for (String tensor : file.tensors().keySet()) {
      SafetensorsFile other = tensors.put(tensor, file);
      if (other != null) {
        throw new FileFormatException(
            file.name(), "tensors of its own", tensor + ", as " + other.name(), Remedy.COPY);
      }
    }
  }

  /**
   * Opens a safetensors file, an index, or a folder with either.
   *
   * @throws NoSuchFileException if there is none, or one that the index lists is missing
   */
  static ShardedTensors open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      Path index = path.resolve(INDEX);
      return open(Files.exists(index) ? index : path.resolve(SINGLE));
    }
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    return path.getFileName().toString().endsWith(".json")
        ? new ShardedTensors(path, shards(path))
        : new ShardedTensors(path, List.of(path));
  }

  private static List<Path> shards(Path index) throws IOException {
    String name = index.toString();
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(index));
    JsonNode map =
        StrictJson.parse(StrictJson.decode(bytes, name, "index"), name, "index").path("weight_map");
    TreeSet<String> names = new TreeSet<>();
    for (Iterator<JsonNode> each = map.elements(); each.hasNext(); ) {
      names.add(each.next().asText());
    }
    for (String shard : names) {
      if (!isFileName(shard)) {
        throw new FileFormatException(
            name, "names of files beside it in \"weight_map\"", "\"" + shard + "\"", Remedy.COPY);
      }
    }
    if (names.isEmpty()) {
      throw new FileFormatException(
          name,
          "an index of safetensors files, with a \"weight_map\"",
          "none",
          "pass " + INDEX + " or a .safetensors file");
    }
    return names.stream().map(index::resolveSibling).toList();
  }

  private static boolean isFileName(String name) {
    try {
      return !name.isEmpty()
          && name.length() <= LONGEST_NAME
          && Path.of(name).equals(Path.of(name).getFileName());
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** The file that was opened, for messages. */
  String name() {
    return path.toString();
  }

  /** The configuration beside the files, or empty. */
  Optional<ModelConfig> config() throws IOException {
    return ModelConfig.beside(path);
  }

  /** The shapes of all tensors by name. */
  Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    tensors.forEach((name, file) -> shapes.put(name, file.info(name).shape()));
    return shapes;
  }

  /** A tensor's elements in row-major order. */
  float[] floats(String tensor) throws IOException {
    return tensors.get(tensor).floats(tensor);
  }

  /** Of the file, or of the hashes of several, in lower-case hexadecimal digits. */
  String sha256() throws IOException {
    if (paths.size() == 1) {
      return Sha256.of(paths.get(0));
    }
    Sha256 all = new Sha256();
    for (Path each : paths) {
      all.update(Sha256.of(each));
    }
    return all.hex();
  }

  @Override
  public void close() throws IOException {
    for (SafetensorsFile file : files) {
      file.close();
    }
  }
}
