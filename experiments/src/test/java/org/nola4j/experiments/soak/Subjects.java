// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.soak;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.preprocessor.NormalizerStandardize;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.format.CifarBinary;
import org.nola4j.datasets.format.IdxFile;
import org.nola4j.datasets.format.JpegSetReader;
import org.nola4j.datasets.format.ListFile;
import org.nola4j.datasets.image.CorruptImageException;
import org.nola4j.datasets.image.ImageDecoder;
import org.nola4j.datasets.source.ArchiveDownload;
import org.nola4j.datasets.source.Contents;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.inspect.SafetensorsInspector;
import org.nola4j.experiments.network.NetworkStates;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.run.Checkpoint;
import org.nola4j.experiments.run.CheckpointFile;
import org.nola4j.experiments.spi.Run;
import org.nola4j.io.FileFormatException;
import org.nola4j.layers.NolaDense;
import org.nola4j.modelfile.ModelFile;
import org.nola4j.models.VisionTransformer;
import org.nola4j.models.checkpoint.CheckpointMismatchException;
import org.nola4j.models.checkpoint.VitCheckpoint;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** All readers of files, each with small intact ones. */
final class Subjects {
  private static final ImageSetInfo SMALL = new ImageSetInfo("small", "train", 3, 8, 8, 3, false);

  private final Path folder;
  private final List<Subject> subjects = new ArrayList<>();

  private Subjects(Path folder) {
    this.folder = folder;
  }

  /**
   * All readers.
   *
   * @param folder for their files
   */
  static List<Subject> in(Path folder) throws IOException {
    Subjects all = new Subjects(folder);
    all.addAdapters();
    all.addModels();
    all.addVisionTransformers();
    all.addRuns();
    all.addData();
    all.addImages();
    all.subjects.addAll(TextSubjects.in(folder.resolve("texts")));
    return all.subjects;
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  private void add(
      String name,
      List<byte[]> originals,
      String file,
      Subject.Reader reader,
      Set<Class<? extends Exception>> documented) {
    subjects.add(new Subject(name, originals, file(file), reader, documented));
  }

  private void addAdapters() throws IOException {
    List<byte[]> originals = new ArrayList<>();
    for (Reparameterization method :
        List.of(
            Nola.scratch(2, 5, 4),
            new Lora(2, 4, 1, FrozenWeight.seeded()),
            Pranc.scratch(6),
            HashedNet.scratch(5),
            new Dense())) {
      Adapter adapter = Adapter.of(network(method));
      originals.add(written(adapter, Precision.F32));
      originals.add(written(adapter, Precision.F16));
      if (!(method instanceof Dense)) {
        originals.add(written(adapter.quantized(4), Precision.F32));
      }
    }
    MultiLayerNetwork base = plain();
    Adapter wrapped =
        Adapters.wrap(base, AdapterPlan.builder().adaptAll(w0 -> Nola.on(w0, 2, 4, 4)).build())
            .adapter();
    originals.add(written(wrapped, Precision.F32));
    Path adapter = file("adapter/a.safetensors");
    add(
        "adapter",
        originals,
        "adapter/a.safetensors",
        () -> Adapter.read(adapter),
        Set.of(FileFormatException.class));
    add(
        "safetensors",
        originals,
        "plain/a.safetensors",
        () -> readTensors(file("plain/a.safetensors")),
        Set.of(FileFormatException.class));
    add(
        "inspection of an adapter",
        originals,
        "inspect/a.safetensors",
        () -> new SafetensorsInspector().inspect(file("inspect/a.safetensors")),
        Set.of(UserException.class));
    addPeft(Adapter.of(network(new Lora(2, 4, 1, FrozenWeight.seeded()))));
  }

  private static void readTensors(Path path) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (String tensor : file.tensors().keySet()) {
        file.bytes(tensor);
        if (file.info(tensor).type().isFloat()) {
          file.floats(tensor);
        }
      }
    }
  }

  private byte[] written(Adapter adapter, Precision precision) throws IOException {
    Path file = Files.createTempFile(folder, "a", ".safetensors");
    adapter.write(file, precision);
    return taken(file);
  }

  private static byte[] taken(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.delete(file);
    return bytes;
  }

  private static MultiLayerNetwork network(Reparameterization method) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(new NolaDense.Builder().nOut(5).reparameterization(method).build())
                .layer(new OutputLayer.Builder().nOut(3).build())
                .setInputType(InputType.feedForward(6))
                .build());
    network.init();
    return network;
  }

  private static MultiLayerNetwork plain() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .updater(new Adam(0.01))
                .l2(1e-4)
                .list()
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(2).build())
                .layer(new BatchNormalization())
                .layer(new DenseLayer.Builder().nOut(4).dropOut(0.5).build())
                .layer(new OutputLayer.Builder().nOut(3).build())
                .setInputType(InputType.convolutional(6, 6, 1))
                .build());
    network.init();
    return network;
  }

  private void addPeft(Adapter adapter) throws IOException {
    for (String part : List.of(PeftAdapter.CONFIG, PeftAdapter.TENSORS)) {
      Path peft = file("peft-" + part);
      PeftAdapter.of(adapter, Map.of(), Set.of("1")).write(peft);
      add(
          part,
          List.of(Files.readAllBytes(peft.resolve(part))),
          "peft-" + part + "/" + part,
          () -> PeftAdapter.read(peft),
          Set.of(FileFormatException.class));
    }
  }

  private void addModels() throws IOException {
    List<byte[]> originals = new ArrayList<>();
    Path file = file("made.zip");
    ModelSerializer.writeModel(plain(), file.toFile(), true);
    NormalizerStandardize normalizer = new NormalizerStandardize();
    normalizer.fit(new DataSet(Nd4j.rand(9, 5), Nd4j.rand(9, 3)));
    ModelSerializer.addNormalizerToModel(file.toFile(), normalizer);
    ModelSerializer.addObjectToFile(file.toFile(), "labels", new ArrayList<>(List.of("a", "b")));
    originals.add(taken(file));
    ModelSerializer.writeModel(graph(), file.toFile(), false);
    originals.add(taken(file));
    Path model = file("model/model.zip");
    Path copy = file("model/copy.zip");
    MultiLayerNetwork other = plain();
    add(
        "model",
        originals,
        "model/model.zip",
        () -> ModelFile.of(model).read().clear(),
        Set.of(FileFormatException.class));
    add(
        "copy of a model",
        originals,
        "model/model.zip",
        () -> ModelFile.of(model).write(other, copy),
        Set.of(FileFormatException.class));
  }

  private static ComputationGraph graph() {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer("a", new DenseLayer.Builder().nOut(4).build(), "in")
                .addLayer("b", new DenseLayer.Builder().nOut(4).build(), "in")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "a", "b")
                .addLayer("out", new OutputLayer.Builder().nOut(2).build(), "sum")
                .setOutputs("out")
                .setInputTypes(InputType.feedForward(3))
                .build());
    graph.init();
    return graph;
  }

  private void addVisionTransformers() throws IOException {
    ComputationGraph network =
        VisionTransformer.tiny()
            .imageSize(8)
            .patchSize(4)
            .width(6)
            .heads(2)
            .mlpWidth(8)
            .depth(2)
            .classes(2)
            .build()
            .init();
    Path made = file("made.safetensors");
    VitCheckpoint.write(network, made);
    Path vit = file("vit/v.safetensors");
    add(
        "vision transformer",
        List.of(taken(made)),
        "vit/v.safetensors",
        () -> {
          try (VitCheckpoint checkpoint = VitCheckpoint.open(vit)) {
            checkpoint.model();
            checkpoint.readInto(network);
          }
        },
        Set.of(FileFormatException.class, CheckpointMismatchException.class));
  }

  private void addRuns() throws IOException {
    Path made = file("made.checkpoint");
    Checkpoint checkpoint =
        new Checkpoint(
            Json.tree(ConfigLoader.packaged().load("mnist", "nola", List.of())),
            null,
            null,
            List.of(),
            List.<EpochResult>of(),
            null,
            1.5);
    Run run = run();
    new CheckpointFile(made).write(checkpoint, run);
    Path file = file("run/r.checkpoint");
    add(
        "checkpoint of a run",
        List.of(taken(made)),
        "run/r.checkpoint",
        () -> new CheckpointFile(file).restore(run),
        Set.of(UserException.class));
    List<byte[]> results = new ArrayList<>();
    for (String name : List.of("dense-seed1", "nola-seed2", "pranc-seed1")) {
      results.add(resource("/results/mnist/" + name + ".json"));
    }
    add(
        "result",
        results,
        "result/r.json",
        () -> ResultStore.read(file("result/r.json")),
        Set.of(UserException.class));
    add(
        "configuration",
        List.of(resource("/configs/mnist/nola.json"), resource("/configs/mnist/lora.json")),
        "configs/mnist/damaged.json",
        () -> {
          ConfigLoader loader = ConfigLoader.withFolder(file("configs"));
          Json.text(loader.load("mnist", "damaged", List.of()));
        },
        Set.of(UserException.class));
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = Subjects.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  /** A run that has a state and nothing else. */
  private static Run run() {
    return (Run)
        Proxy.newProxyInstance(
            Run.class.getClassLoader(),
            new Class<?>[] {Run.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "writeState" -> NetworkStates.write((OutputStream) arguments[0]);
                case "readState" -> NetworkStates.read((InputStream) arguments[0]);
                default -> {}
              }
              return null;
            });
  }

  private void addData() throws IOException {
    Random random = new Random(1);
    ByteBuffer idx = ByteBuffer.allocate(16 + 60).putInt(0x803).putInt(3).putInt(4).putInt(5);
    random.nextBytes(idx.array()); // over which the header is written again
    idx.clear().putInt(0x803).putInt(3).putInt(4).putInt(5);
    addBoth("IDX", idx.array(), path -> () -> IdxFile.read(path));
    byte[] cifar = new byte[3 * (1 + 3 * 64)];
    for (int i = 0; i < cifar.length; i++) {
      cifar[i] = (byte) (i % 193 == 0 ? i / 193 : i);
    }
    addBoth("CIFAR", cifar, path -> () -> new CifarBinary(SMALL, 1).read(List.of(path)));
    ByteArrayOutputStream jpegs = new ByteArrayOutputStream();
    for (int label = 0; label < 3; label++) {
      byte[] jpeg = image("jpg", 8);
      jpegs.write(new byte[] {(byte) label, (byte) (jpeg.length >> 8), (byte) jpeg.length});
      jpegs.write(jpeg);
    }
    addBoth(
        "JPEG container",
        jpegs.toByteArray(),
        path -> () -> new JpegSetReader(SMALL).read(List.of(path)));
    add(
        "list",
        List.of("n01 a word\nn02 two words\n\nn03 x\n".getBytes(StandardCharsets.UTF_8)),
        "list/list.txt",
        () -> ListFile.read(file("list"), "list.txt", 2),
        Set.of(DataSetException.class));
    add(
        "archive",
        List.of(Damage.gzip(tar("a.bin", new byte[] {1, 2, 3}))),
        "archive/a.tar.gz",
        () -> unpack(Files.readAllBytes(file("archive/a.tar.gz"))),
        Set.of(IOException.class));
  }

  @FunctionalInterface
  private interface ReaderOf {
    Subject.Reader of(Path file);
  }

  private void addBoth(String name, byte[] original, ReaderOf reader) {
    String path = "data/" + name.replace(' ', '-');
    List<byte[]> originals = List.of(original, Damage.gzip(original));
    add(name, originals, path, reader.of(file(path)), Set.of(DataSetException.class));
  }

  /** With the digest of what is there, so that the damage is not noticed before unpacking. */
  private void unpack(byte[] archive) throws IOException {
    MessageDigest digest = Contents.sha256();
    digest.update(archive);
    new ArchiveDownload(
            URI.create("http://localhost/a"), 1 << 24, Contents.hex(digest), Set.of("a.bin"))
        .fetch(file("unpacked"), address -> new ByteArrayInputStream(archive));
  }

  private static byte[] tar(String name, byte[] contents) {
    ByteBuffer tar = ByteBuffer.allocate(4 * 512);
    tar.put(name.getBytes(StandardCharsets.US_ASCII));
    String size = String.format("%011o", contents.length);
    tar.position(124).put(size.getBytes(StandardCharsets.US_ASCII)).position(156).put((byte) '0');
    return tar.position(512).put(contents).array();
  }

  private void addImages() throws IOException {
    for (String format : List.of("jpg", "png", "gif", "bmp")) {
      add(
          format + " image",
          List.of(image(format, 8), image(format, 20)),
          "images/i." + format,
          () -> {
            try (ImageDecoder decoder = new ImageDecoder()) {
              decoder.decode(Files.readAllBytes(file("images/i." + format)));
            }
          },
          Set.of(CorruptImageException.class));
    }
  }

  private static byte[] image(String format, int size) throws IOException {
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        image.setRGB(x, y, Color.HSBtoRGB(x / (float) size, y / (float) size, 0.8f));
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, format, bytes);
    return bytes.toByteArray();
  }
}
