package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.ReparameterizationPlan;
import org.nola4j.models.SharedFiles;
import org.nola4j.models.VisionTransformer;
import org.nola4j.reparameterization.Nola;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transformer.NormPosition;
import org.nola4j.transformer.TokenPooling;

class VitCheckpointTest {
  private static final int WIDTH = 6;

  @TempDir private Path folder;

  /** 9 patches of 4 x 4, 2 blocks. */
  private static VisionTransformer.Builder small() {
    return VisionTransformer.tiny()
        .imageSize(12)
        .patchSize(4)
        .width(WIDTH)
        .depth(2)
        .heads(2)
        .mlpWidth(10)
        .classes(3);
  }

  /** A network whose every parameter differs from every other. */
  private static ComputationGraph numbered(VisionTransformer.Builder builder) {
    ComputationGraph network = builder.build().init();
    float[] numbers = new float[(int) network.numParams()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (i + 1) / 8192f;
    }
    network.setParams(Nd4j.createFromArray(numbers).reshape(1, -1));
    return network;
  }

  private Path write(ComputationGraph network, VitNaming naming) throws IOException {
    Path file = folder.resolve(naming + ".safetensors");
    VitCheckpoint.write(network, file, naming);
    return file;
  }

  private static void read(Path file, ComputationGraph network, VitCheckpoint.Head head)
      throws IOException {
    try (VitCheckpoint checkpoint = VitCheckpoint.open(file)) {
      checkpoint.readInto(network, head);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsWrittenIsReadAgain(VitNaming naming) throws IOException {
    NormPosition position =
        naming == VitNaming.TORCH_ENCODER ? NormPosition.POST : NormPosition.PRE;
    ComputationGraph network = numbered(small().normPosition(position));
    Path file = write(network, naming);
    try (VitCheckpoint checkpoint = VitCheckpoint.open(file)) {
      assertEquals(naming, checkpoint.naming());
      VitDimensions dimensions = checkpoint.dimensions();
      assertEquals(new VitDimensions(WIDTH, 2, 10, 3, 4, 10, 3, false), dimensions);
      assertEquals(network.numParams(), dimensions.parameters());
      ComputationGraph again = checkpoint.model().heads(2).seed(9).build().init();
      assertFalse(again.params().equals(network.params()));
      checkpoint.readInto(again);
      assertEquals(network.params(), again.params());
      INDArray images = Nd4j.ones(DataType.FLOAT, 1, 3, 12, 12);
      if (naming != VitNaming.TORCH_ENCODER) { // whose activation is another one
        assertEquals(network.outputSingle(images), again.outputSingle(images));
      }
    }
  }

  /** Where each number of a joint query, key and value, and of a kernel, has to go. */
  @Test
  void weightsAreTransposedAndJointOnesDivided() throws IOException {
    ComputationGraph network = numbered(small());
    try (SafetensorsFile file = SafetensorsFile.open(write(network, VitNaming.TIMM))) {
      float[] qkv = file.floats("blocks.1.attn.qkv.weight");
      float[] bias = file.floats("blocks.1.attn.qkv.bias");
      List<String> parts = List.of("q", "k", "v");
      for (int part = 0; part < 3; part++) {
        INDArray weight = network.getParam("block1_" + parts.get(part) + ".W");
        INDArray partBias = network.getParam("block1_" + parts.get(part) + ".b");
        for (int out = 0; out < WIDTH; out++) {
          assertEquals(partBias.getFloat(0, out), bias[part * WIDTH + out]);
          for (int in = 0; in < WIDTH; in++) {
            assertEquals(weight.getFloat(in, out), qkv[(part * WIDTH + out) * WIDTH + in]);
          }
        }
      }
      assertEquals(List.of(6L, 3L, 4L, 4L), file.info("patch_embed.proj.weight").shape());
      float[] kernel = file.floats("patch_embed.proj.weight");
      INDArray projection = network.getParam("embed_W");
      for (int out = 0; out < WIDTH; out++) {
        for (int in = 0; in < 48; in++) { // channel, y, x
          assertEquals(projection.getFloat(in, out), kernel[out * 48 + in]);
        }
      }
      assertEquals(List.of(1L, 10L, 6L), file.info("pos_embed").shape());
      assertArrayEquals(
          network.getParam("embed_pos").dup('c').data().asFloat(), file.floats("pos_embed"));
      assertEquals(Map.of("format", "pt"), file.metadata());
    }
  }

  /** A file's bytes, but for the order of its tensors, which is free. */
  @ParameterizedTest
  @ValueSource(strings = {"vit-tiny16", "vit-wide"})
  void timmsFilesComeBackBitForBit(String name) throws IOException {
    Path file = SharedFiles.find("fixtures/" + name + ".safetensors");
    Path again = folder.resolve("again.safetensors");
    try (VitCheckpoint checkpoint = VitCheckpoint.open(file)) {
      ComputationGraph network = checkpoint.model().build().init();
      checkpoint.readInto(network);
      VitCheckpoint.write(network, again);
    }
    try (SafetensorsFile first = SafetensorsFile.open(file);
        SafetensorsFile second = SafetensorsFile.open(again)) {
      assertEquals(first.tensors().keySet(), second.tensors().keySet());
      for (String tensor : first.tensors().keySet()) {
        assertEquals(first.info(tensor).type(), second.info(tensor).type());
        assertEquals(first.info(tensor).shape(), second.info(tensor).shape());
        assertEquals(first.bytes(tensor), second.bytes(tensor), tensor);
      }
    }
  }

  /** Outputs that timm computed from the same file and images. */
  @ParameterizedTest
  @CsvSource({"vit-tiny16, 3", "vit-wide, 4"})
  void agreesWithTimm(String name, int heads) throws IOException {
    Path file = SharedFiles.find("fixtures/" + name + ".safetensors");
    try (VitCheckpoint checkpoint = VitCheckpoint.open(file);
        SafetensorsFile io =
            SafetensorsFile.open(SharedFiles.find("fixtures/" + name + ".io.safetensors"))) {
      ComputationGraph network = checkpoint.model().heads(heads).build().init();
      checkpoint.readInto(network);
      Map<String, INDArray> activations = network.feedForward(array(io, "images"), false);
      assertClose(array(io, "features"), activations.get(VisionTransformer.POOLING));
      assertClose(array(io, "logits"), activations.get(VisionTransformer.HEAD));
    }
  }

  private static INDArray array(SafetensorsFile file, String tensor) throws IOException {
    long[] shape = file.info(tensor).shape().stream().mapToLong(Long::longValue).toArray();
    return Nd4j.createFromArray(file.floats(tensor)).reshape('c', shape);
  }

  /** Relative to the largest number. */
  private static void assertClose(INDArray expected, INDArray found) {
    assertArrayEquals(expected.shape(), found.shape());
    double error = expected.sub(found).amaxNumber().doubleValue();
    double relative = error / expected.amaxNumber().doubleValue();
    assertTrue(relative < 1e-4, () -> "relative error " + relative);
  }

  @Test
  void aNewHeadIsKept() throws IOException {
    ComputationGraph network = numbered(small());
    Path file = write(network, VitNaming.TIMM);
    ComputationGraph other = small().classes(5).seed(7).build().init();
    INDArray head = other.getParam("head_W").dup();
    String message =
        assertThrows(
                CheckpointMismatchException.class,
                () -> read(file, other, VitCheckpoint.Head.STORED))
            .getMessage();
    assertEquals(
        file
            + ": of another shape or type are head.weight (F32 [3, 6] instead of [5, 6]),"
            + " head.bias (F32 [3] instead of [5]); read it with a new head",
        message);
    read(file, other, VitCheckpoint.Head.NEW);
    assertEquals(head, other.getParam("head_W"));
    assertEquals(network.getParam("block1_fc2.W"), other.getParam("block1_fc2.W"));
    assertEquals(network.getParam("pool_beta"), other.getParam("pool_beta"));
  }

  /** As masked autoencoders are stored. */
  @Test
  void filesNeedNoHead() throws IOException {
    ComputationGraph network = numbered(small());
    Path file = edit(write(network, VitNaming.TIMM), List.of("head.weight", "head.bias"), Map.of());
    try (VitCheckpoint checkpoint = VitCheckpoint.open(file)) {
      assertEquals(0, checkpoint.dimensions().classes());
      ComputationGraph other = checkpoint.model().heads(2).classes(4).build().init();
      CheckpointMismatchException e =
          assertThrows(CheckpointMismatchException.class, () -> checkpoint.readInto(other));
      assertEquals(List.of("head.weight", "head.bias"), e.missing());
      assertTrue(e.getMessage().endsWith("read it with a new head"), e.getMessage());
      checkpoint.readInto(other, VitCheckpoint.Head.NEW);
      assertEquals(network.getParam("embed_pos"), other.getParam("embed_pos"));
    }
  }

  @Test
  void modelsThatAverageHaveAnotherNorm() throws IOException {
    ComputationGraph network =
        numbered(small().pooling(TokenPooling.Kind.MEAN, TokenPooling.Norm.AFTER));
    Path file = write(network, VitNaming.TIMM);
    try (VitCheckpoint checkpoint = VitCheckpoint.open(file)) {
      assertTrue(checkpoint.dimensions().averaged());
      ComputationGraph again = checkpoint.model().heads(2).build().init();
      checkpoint.readInto(again);
      INDArray images = Nd4j.linspace(DataType.FLOAT, -1, 0.01, 432).reshape(1, 3, 12, 12);
      assertEquals(network.outputSingle(images), again.outputSingle(images));
      CheckpointMismatchException e =
          assertThrows(
              CheckpointMismatchException.class, () -> checkpoint.readInto(small().build().init()));
      assertEquals(List.of("norm.weight", "norm.bias"), e.missing());
      assertEquals(List.of("fc_norm.weight", "fc_norm.bias"), e.surplus());
    }
  }

  /** Their norm has a name in timm's models only. */
  @ParameterizedTest
  @EnumSource(names = {"SEPARATE_QKV", "TORCH_ENCODER"})
  void modelsThatAverageAreNotWrittenByOtherNames(VitNaming naming) {
    NormPosition position =
        naming == VitNaming.TORCH_ENCODER ? NormPosition.POST : NormPosition.PRE;
    ComputationGraph network =
        numbered(
            small()
                .normPosition(position)
                .pooling(TokenPooling.Kind.MEAN, TokenPooling.Norm.AFTER));
    String message =
        assertThrows(IllegalArgumentException.class, () -> write(network, naming)).getMessage();
    assertEquals(
        "a network that normalizes the mean of its tokens cannot be written as %s, which has no name for that: only TIMM has"
            .formatted(naming),
        message);
    assertFalse(Files.exists(folder.resolve(naming + ".safetensors")));
  }

  @Test
  void everyWrongTensorIsNamedAndNothingChanged() throws IOException {
    Map<String, List<Long>> added = new LinkedHashMap<>();
    added.put("blocks.0.ls1.gamma", List.of(6L));
    added.put("blocks.0.mlp.fc1.weight", List.of(6L, 10L));
    Path file =
        edit(
            write(numbered(small()), VitNaming.TIMM),
            List.of("blocks.0.mlp.fc1.weight", "blocks.1.norm2.bias", "cls_token"),
            added);
    ComputationGraph network = small().seed(5).build().init();
    INDArray before = network.params().dup();
    CheckpointMismatchException e =
        assertThrows(
            CheckpointMismatchException.class,
            () -> read(file, network, VitCheckpoint.Head.STORED));
    assertEquals(List.of("cls_token", "blocks.1.norm2.bias"), e.missing());
    assertEquals(List.of("blocks.0.ls1.gamma"), e.surplus());
    assertEquals(
        List.of("blocks.0.mlp.fc1.weight (F32 [6, 10] instead of [10, 6])"), e.different());
    assertTrue(e.getMessage().startsWith(file + ": it lacks cls_token, "), e.getMessage());
    assertEquals(before, network.params());
    ComputationGraph deeper = small().depth(4).build().init();
    e =
        assertThrows(
            CheckpointMismatchException.class, () -> read(file, deeper, VitCheckpoint.Head.STORED));
    assertEquals(2 + 24, e.missing().size());
    assertTrue(
        e.getMessage().contains(" and 16 more; the network has no place for"), e.getMessage());
  }

  /** Copies a file without some tensors and with others, of zeros. */
  private Path edit(Path file, List<String> without, Map<String, List<Long>> with)
      throws IOException {
    Path edited = folder.resolve("edited.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    try (SafetensorsFile from = SafetensorsFile.open(file)) {
      for (String tensor : from.tensors().keySet()) {
        if (!without.contains(tensor)) {
          float[] numbers = from.floats(tensor);
          writer.floats(tensor, TensorType.F32, from.info(tensor).shape(), () -> numbers);
        }
      }
    }
    with.forEach(
        (tensor, shape) -> {
          int elements = shape.stream().mapToInt(Long::intValue).reduce(1, (a, b) -> a * b);
          writer.floats(tensor, TensorType.F32, shape, () -> new float[elements]);
        });
    writer.write(edited, Map.of());
    return edited;
  }

  @Test
  void positionsOfAnotherImageSizeAreInterpolated() throws IOException {
    ComputationGraph network = numbered(small());
    Path file = write(network, VitNaming.TIMM);
    VisionTransformer model = small().build();
    model.setInputShape(new int[][] {{3, 8, 20}});
    ComputationGraph other = model.init();
    read(file, other, VitCheckpoint.Head.STORED);
    float[] expected =
        PositionResampling.resample(
            network.getParam("embed_pos").dup('c').data().asFloat(),
            1,
            WIDTH,
            new PositionGrid(3, 3),
            new PositionGrid(2, 5));
    assertArrayEquals(expected, other.getParam("embed_pos").dup('c').data().asFloat());
    assertEquals(network.getParam("block0_q.W"), other.getParam("block0_q.W"));
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void halfPrecisionIsRead(TensorType type) throws IOException {
    ComputationGraph network = numbered(small());
    Path file = write(network, VitNaming.TIMM);
    Path half = folder.resolve("half.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    try (SafetensorsFile from = SafetensorsFile.open(file)) {
      from.tensors()
          .forEach(
              (tensor, info) ->
                  writer.floats(tensor, type, info.shape(), () -> floats(file, tensor)));
      writer.write(half, Map.of());
    }
    ComputationGraph again = small().build().init();
    read(half, again, VitCheckpoint.Head.STORED);
    float[] expected = type.rounded("", network.params().data().asFloat());
    assertArrayEquals(expected, again.params().data().asFloat());
  }

  private static float[] floats(Path file, String tensor) {
    try (SafetensorsFile from = SafetensorsFile.open(file)) {
      return from.floats(tensor);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void ofManyTensorsTenAreNamed() throws IOException {
    Path foreign = folder.resolve("foreign.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    for (int i = 0; i < 200; i++) {
      writer.floats("w" + i, TensorType.F32, List.of(1L), () -> new float[1]);
    }
    writer.write(foreign, Map.of());
    String message =
        assertThrows(FileFormatException.class, () -> VitCheckpoint.open(foreign)).getMessage();
    assertTrue(message.contains("but found [w0, w1, "), message);
    assertTrue(message.contains(", w9 and 190 more]; pass another file"), message);
  }

  @Test
  void otherFilesAndNetworksAreRefused() throws IOException {
    Path foreign = folder.resolve("foreign.safetensors");
    new SafetensorsWriter()
        .floats("wte.weight", TensorType.F32, List.of(1L), () -> new float[1])
        .write(foreign, Map.of());
    String message =
        assertThrows(FileFormatException.class, () -> VitCheckpoint.open(foreign)).getMessage();
    assertEquals(
        foreign
            + ": expected a vision transformer, with one of the tensors blocks.0.attn.qkv.weight,"
            + " transformer.layers.0.self_attn.in_proj_weight, encoder.layers.0.attn.query.weight,"
            + " but found [wte.weight]; pass another file, or rename the tensors",
        message);
    ReparameterizationPlan plan =
        ReparameterizationPlan.dense().with("block1.fc1", Nola.scratch(1, 2, 2));
    Path file = write(numbered(small()), VitNaming.TIMM);
    ComputationGraph reparameterized = small().plan(plan).build().init();
    INDArray before = reparameterized.params().dup();
    message =
        assertThrows(
                IllegalArgumentException.class,
                () -> read(file, reparameterized, VitCheckpoint.Head.STORED))
            .getMessage();
    assertTrue(message.startsWith("weight \"fc1\" of layer \"block1\" is Nola["), message);
    assertEquals(before, reparameterized.params());
    ComputationGraph postNorm = numbered(small().normPosition(NormPosition.POST));
    message =
        assertThrows(IllegalArgumentException.class, () -> VitCheckpoint.write(postNorm, foreign))
            .getMessage();
    assertTrue(message.contains("post-norm network cannot be written as TIMM"), message);
    assertTrue(Files.size(foreign) < 200);
  }
}
