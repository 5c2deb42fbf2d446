// SPDX-License-Identifier: Apache-2.0
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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
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

@Tag("slow")
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
  @CsvSource({"vit-tiny16, 3", "vit-wide, 4"})
  void timmsFilesComeBackBitForBit(String name, int heads) throws IOException {
    Path file = SharedFiles.find("fixtures/" + name + ".safetensors");
    Path again = folder.resolve("again.safetensors");
    try (VitCheckpoint checkpoint = VitCheckpoint.open(file)) {
      ComputationGraph network = checkpoint.model().heads(heads).build().init();
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
            + ": of another shape or type: head.weight (F32 [3, 6] instead of [5, 6]),"
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
    added.put("blocks.0.attn.q_norm.weight", List.of(6L));
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
    assertEquals(List.of("blocks.0.attn.q_norm.weight"), e.surplus());
    assertEquals(
        List.of("blocks.0.mlp.fc1.weight (F32 [6, 10] instead of [10, 6])"), e.different());
    assertTrue(e.getMessage().startsWith(file + ": missing: cls_token, "), e.getMessage());
    assertEquals(before, network.params());
    ComputationGraph deeper = small().depth(4).build().init();
    e =
        assertThrows(
            CheckpointMismatchException.class, () -> read(file, deeper, VitCheckpoint.Head.STORED));
    assertEquals(2 + 24, e.missing().size());
    assertTrue(e.getMessage().contains(" and 16 more; not in the network: "), e.getMessage());
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

  /** timm multiplies what attention and perceptron give; the network has it in its weights. */
  @Test
  void layerScaleIsFolded() throws IOException {
    ComputationGraph plain = numbered(small());
    Path file = write(plain, VitNaming.TIMM);
    Path scaled = folder.resolve("scaled.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    try (SafetensorsFile from = SafetensorsFile.open(file)) {
      from.tensors()
          .forEach(
              (tensor, info) ->
                  writer.floats(tensor, TensorType.F32, info.shape(), () -> floats(file, tensor)));
      for (int block = 0; block < 2; block++) {
        for (int i = 1; i <= 2; i++) {
          float[] gamma = {0.5f, 1, 2, -1, 0, 4};
          String name = "blocks.%d.ls%d.gamma".formatted(block, i);
          writer.floats(name, TensorType.F32, List.of(6L), () -> gamma);
        }
      }
      writer.write(scaled, Map.of());
    }
    ComputationGraph network = small().build().init();
    read(scaled, network, VitCheckpoint.Head.STORED);
    INDArray gamma = Nd4j.createFromArray(0.5f, 1, 2, -1, 0, 4);
    for (String layer : List.of("block0_proj.", "block1_fc2.")) {
      for (String part : List.of("W", "b")) {
        INDArray expected = plain.getParam(layer + part).mulRowVector(gamma);
        assertEquals(expected, network.getParam(layer + part), layer + part);
      }
    }
    assertEquals(plain.getParam("block0_fc1.W"), network.getParam("block0_fc1.W"));
    Path wrong = edit(file, List.of(), Map.of("blocks.0.ls1.gamma", List.of(5L)));
    CheckpointMismatchException e =
        assertThrows(
            CheckpointMismatchException.class,
            () -> read(wrong, network, VitCheckpoint.Head.STORED));
    assertEquals(List.of("blocks.0.ls1.gamma (F32 [5] instead of [6])"), e.different());
  }

  @Test
  void headsAreGuessedOnlyWhereTheyAreUsual() throws IOException {
    Path odd = write(numbered(small()), VitNaming.TIMM);
    try (VitCheckpoint checkpoint = VitCheckpoint.open(odd)) {
      String message =
          assertThrows(IllegalStateException.class, () -> checkpoint.model().build()).getMessage();
      assertEquals("heads must be set: they do not follow from a width of 6", message);
    }
    Path usual = write(small().width(128).heads(2).depth(1).build().init(), VitNaming.TIMM);
    try (VitCheckpoint checkpoint = VitCheckpoint.open(usual)) {
      ComputationGraph network = checkpoint.model().build().init();
      assertTrue(network.getConfiguration().toJson().contains("\"heads\" : 2"));
    }
  }

  /** timm's no_embed_class: the class token's position is zero. */
  @Test
  void aClassTokenNeedsNoPosition() throws IOException {
    ComputationGraph network = numbered(small());
    Path file = write(network, VitNaming.TIMM);
    float[] positions = floats(file, "pos_embed");
    float[] patches = Arrays.copyOfRange(positions, WIDTH, positions.length);
    Path without = replaced(file, "pos_embed", List.of(1L, 9L, 6L), patches);
    try (VitCheckpoint checkpoint = VitCheckpoint.open(without)) {
      assertEquals(10, checkpoint.dimensions().tokens());
      ComputationGraph again = checkpoint.model().heads(2).build().init();
      checkpoint.readInto(again);
      System.arraycopy(new float[WIDTH], 0, positions, 0, WIDTH);
      assertArrayEquals(positions, again.getParam("embed_pos").dup('c').data().asFloat());
      assertEquals(network.getParam("embed_cls"), again.getParam("embed_cls"));
    }
    Path headless = edit(without, List.of("cls_token"), Map.of());
    assertRefused(headless, "expected a vision transformer with a class token, \"cls_token\"");
  }

  @Test
  void partsThatAreNotSupportedAreNamed() throws IOException {
    Path file = write(numbered(small()), VitNaming.TIMM);
    Path registers = edit(file, List.of(), Map.of("reg_token", List.of(1L, 4L, 6L)));
    assertRefused(
        registers, "but found tensor \"reg_token\" [1, 4, 6]; register tokens are not supported");
    Path norms = edit(file, List.of(), Map.of("blocks.0.attn.q_norm.weight", List.of(3L)));
    try (VitCheckpoint checkpoint = VitCheckpoint.open(norms)) {
      String message =
          assertThrows(CheckpointMismatchException.class, checkpoint::model).getMessage();
      assertTrue(message.contains("not in the network: blocks.0.attn.q_norm.weight"), message);
      assertTrue(message.endsWith("pass a model without them"), message);
    }
  }

  private void assertRefused(Path file, String message) throws IOException {
    ComputationGraph network = small().build().init();
    try (VitCheckpoint checkpoint = VitCheckpoint.open(file)) {
      for (Executable use :
          List.<Executable>of(checkpoint::model, () -> checkpoint.readInto(network))) {
        String found = assertThrows(FileFormatException.class, use).getMessage();
        assertTrue(found.startsWith(file + ": ") && found.contains(message), found);
      }
    }
  }

  private Path replaced(Path file, String tensor, List<Long> shape, float[] numbers)
      throws IOException {
    Path replaced = folder.resolve("replaced.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    try (SafetensorsFile from = SafetensorsFile.open(file)) {
      from.tensors()
          .forEach(
              (name, info) -> {
                boolean other = name.equals(tensor);
                float[] values = other ? numbers : floats(file, name);
                writer.floats(name, TensorType.F32, other ? shape : info.shape(), () -> values);
              });
      writer.write(replaced, Map.of());
    }
    return replaced;
  }

  private static ComputationGraph sized(int height, int width) {
    VisionTransformer model = small().build();
    model.setInputShape(new int[][] {{3, height, width}});
    return model.init();
  }

  /** 2 x 8 patches are as many as 4 x 4, and 3 x 4 as many as 2 x 6, in another order. */
  @Test
  void equalCountsOfPatchesAreNoEqualGrids() throws IOException {
    ComputationGraph square = numbered(small().imageSize(16));
    Path file = write(square, VitNaming.TIMM);
    ComputationGraph wide = sized(8, 32);
    read(file, wide, VitCheckpoint.Head.STORED);
    float[] stored = square.getParam("embed_pos").dup('c').data().asFloat();
    float[] expected =
        PositionResampling.resample(
            stored, 1, WIDTH, new PositionGrid(4, 4), new PositionGrid(2, 8));
    assertArrayEquals(expected, wide.getParam("embed_pos").dup('c').data().asFloat());
    Path wideFile = write(wide, VitNaming.TIMM);
    ComputationGraph again = sized(8, 32);
    read(wideFile, again, VitCheckpoint.Head.STORED);
    assertEquals(wide.params(), again.params());

    ComputationGraph flat = sized(8, 24);
    Path flatFile = write(flat, VitNaming.TIMM);
    ComputationGraph other = sized(12, 16);
    read(flatFile, other, VitCheckpoint.Head.STORED);
    stored = flat.getParam("embed_pos").dup('c').data().asFloat();
    expected =
        PositionResampling.resample(
            stored, 1, WIDTH, new PositionGrid(2, 6), new PositionGrid(3, 4));
    assertArrayEquals(expected, other.getParam("embed_pos").dup('c').data().asFloat());

    Path foreign = edit(flatFile, List.of(), Map.of()); // without metadata
    assertRefused(foreign, "call trainedFor with the image size");
    try (VitCheckpoint checkpoint = VitCheckpoint.open(foreign)) {
      checkpoint.trainedFor(8, 24).readInto(other);
      assertArrayEquals(expected, other.getParam("embed_pos").dup('c').data().asFloat());
      assertThrows(IllegalArgumentException.class, () -> checkpoint.trainedFor(8, 20));
    }
  }

  @ParameterizedTest
  @CsvSource({"blocks.1.mlp.fc2.weight, NaN", "pos_embed, Infinity", "head.bias, -Infinity"})
  void numbersAreFinite(String tensor, float bad) throws IOException {
    ComputationGraph network = numbered(small());
    Path file = write(network, VitNaming.TIMM);
    float[] numbers = floats(file, tensor);
    numbers[numbers.length - 1] = bad;
    List<Long> shape;
    try (SafetensorsFile from = SafetensorsFile.open(file)) {
      shape = from.info(tensor).shape();
    }
    Path damaged = replaced(file, tensor, shape, numbers);
    ComputationGraph other = small().seed(3).build().init();
    INDArray before = other.params().dup();
    String message =
        assertThrows(
                FileFormatException.class, () -> read(damaged, other, VitCheckpoint.Head.STORED))
            .getMessage();
    assertTrue(
        message.contains(
            "finite numbers in tensor \"%s\", but found %s at %d"
                .formatted(tensor, bad, numbers.length - 1)),
        message);
    assertEquals(before, other.params());
    network.getParam("block1_fc2.W").putScalar(3, bad);
    message =
        assertThrows(
                ArithmeticException.class,
                () -> VitCheckpoint.write(network, folder.resolve("bad.safetensors")))
            .getMessage();
    assertTrue(message.startsWith("layer \"block1\", parameter \"fc2.W\": 1 of "), message);
    assertFalse(Files.exists(folder.resolve("bad.safetensors")));
  }
}
