// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.basis.Seeds;
import org.nola4j.internal.wrapped.BaseConfs;
import org.nola4j.layers.KernelView;
import org.nola4j.quantization.Bfloat16Matrix;
import org.nola4j.quantization.CompactMatrix;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;
import org.nola4j.transformer.Insertion;

/**
 * Decides how each layer of a trained network is treated: adapted, trained directly, or frozen.
 *
 * <pre>{@code
 * AdapterPlan plan =
 *     AdapterPlan.builder()
 *         .adapt("conv.*|fc1", w0 -> Nola.on(w0, 4, 1000, 1000))
 *         .adapt(DenseLayer.class, w0 -> Lora.on(w0, 1))
 *         .train("output")
 *         .updater(new Adam(1e-3))
 *         .build();
 * }</pre>
 *
 * <p>Layers are chosen by type or by a regular expression for the whole name. In a {@code
 * MultiLayerNetwork} that is the configured name or else the index; the index of a named layer
 * matches too unless it is another layer's name. If several rules match a layer, the first one
 * applies. Without a rule, output layers are trained and everything else is frozen.
 *
 * <p>To choose ranks and numbers of coefficients by layer, use several rules: {@code .adapt("fc1",
 * w0 -> Nola.on(w0, 8, 500, 500)).adaptAll(w0 -> Nola.on(w0, 4, 100, 100))}.
 *
 * <p>A method that starts at W0, such as {@code Nola.on} or {@code Lora.on}, leaves the network's
 * outputs unchanged, bit for bit, until it is trained (but see {@link Builder#fastConvolutions()}).
 * A method without a W0 gets the trained weight as its W0; a method on any other W0 is refused. A
 * rank above the smaller side of a weight, which easily happens with one rule for many layers, is
 * reduced to that side.
 *
 * <p>A plan is serializable if its methods are: {@code (Function<FrozenWeight, Reparameterization>
 * & Serializable) w0 -> Nola.on(w0, 4, 1000, 1000)}. The configuration of a wrapped network always
 * is.
 */
public final class AdapterPlan implements Serializable {
  private final List<PlanRules.Rule> rules;
  private final boolean trainBatchNorm;
  private final boolean sharedBases;
  private final IUpdater updater;
  private final List<PlanRules.Group> groups;
  private final List<PlanRules.Insert> inserts;
  private final double adapterDropout;
  private final KernelView kernelView;
  private final boolean fastConvolutions;
  private final int coefficientBits;
  private final int frozenBits;
  private final Integer wordBits;
  private final boolean trainsNothing;
  private final boolean scaledRate;
  private final long seed;

  private AdapterPlan(Builder builder) {
    this.rules = List.copyOf(builder.rules);
    this.trainBatchNorm = builder.trainBatchNorm;
    this.sharedBases = builder.sharedBases;
    this.updater = builder.updater;
    this.groups = List.copyOf(builder.groups);
    this.inserts = List.copyOf(builder.inserts);
    this.adapterDropout = builder.adapterDropout;
    this.kernelView = builder.kernelView;
    this.fastConvolutions = builder.fastConvolutions;
    this.coefficientBits = builder.coefficientBits;
    this.frozenBits = builder.frozenBits;
    this.wordBits = builder.wordBits;
    this.trainsNothing = builder.trainsNothing;
    this.scaledRate = builder.scaledRate;
    this.seed = builder.seed;
  }

  /** An empty plan. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * NOLA adapters on all layers with weight matrices or kernels, a trained output layer.
   *
   * @param rank r
   * @param k coefficients of each factor
   */
  public static AdapterPlan nola(int rank, int k) {
    return builder().adaptAll(w0 -> Nola.on(w0, rank, k, k)).build();
  }

  /**
   * The plan that an adapter was trained with.
   *
   * @param options settings that an adapter does not contain; a plan without rules
   * @param nameOf the name, in the trained network, of one of the adapter's layers
   */
  static AdapterPlan of(Adapter adapter, AdapterPlan options, UnaryOperator<String> nameOf) {
    if (!options.rules.isEmpty()) {
      throw new IllegalArgumentException(
          "the options beside an adapter must have no rules, but have one for "
              + options.rules.get(0).description()
              + ": the adapter says what becomes of each layer");
    }
    Builder builder = new Builder(options);
    for (AdapterLayer layer : adapter.layers()) {
      String name = nameOf.apply(layer.name());
      PlanRules.Matcher matches = named -> named.name().equals(name);
      List<FrozenWeight.Given> given =
          layer.weights().stream()
              .map(weight -> weight.method().w0())
              .filter(FrozenWeight.Given.class::isInstance)
              .map(FrozenWeight.Given.class::cast)
              .toList();
      boolean adapted = !given.isEmpty();
      Insertion.of(layer.shapes())
          .ifPresent(
              insertion ->
                  builder.inserts.add(
                      new PlanRules.Insert(
                          "the adapter's layer " + layer.name(), matches, insertion)));
      given.forEach(w0 -> builder.frozenBits = Math.max(builder.frozenBits, w0.bits()));
      builder.rules.add(
          new PlanRules.Rule(
              "the adapter's layer " + layer.name(),
              matches,
              adapted ? Decision.Action.ADAPT : Decision.Action.TRAIN,
              (weight, w0) -> layer.weight(weight.name()).method().withW0(w0),
              layer));
    }
    return (adapter.layers().isEmpty() ? builder.trainNothing() : builder.freeze(".*")).build();
  }

  /**
   * The decisions for all layers of a network.
   *
   * @throws IllegalArgumentException if a rule matches none of them, or a layer that cannot be
   *     adapted
   */
  List<Decision> decide(List<NamedLayer> layers) {
    return new PlanRules(rules, groups, inserts, trainBatchNorm, kernelView, updater)
        .decide(layers);
  }

  double adapterDropout() {
    return adapterDropout;
  }

  boolean fastConvolutions() {
    return fastConvolutions;
  }

  int coefficientBits() {
    return coefficientBits;
  }

  /** The bits of frozen weights, 0 for float32. */
  int frozenBits() {
    return frozenBits;
  }

  /** The bits of frozen vocabularies' matrices, 0 for float32. */
  int wordBits() {
    if (wordBits != null) {
      return wordBits;
    }
    return frozenBits == 0 ? 0 : Bfloat16Matrix.BITS;
  }

  /** Whether it may freeze all layers. */
  boolean trainsNothing() {
    return trainsNothing;
  }

  boolean scaledRate() {
    return scaledRate;
  }

  /** The seed of a layer's adapters. */
  long seed(String name, WeightShape... shapes) {
    if (!sharedBases) {
      return Seeds.derive(seed, name);
    }
    return Seeds.derive(
        seed, Stream.of(shapes).map(WeightShape::toString).collect(Collectors.joining(",")));
  }

  /** Builds a plan. */
  public static final class Builder {
    private final List<PlanRules.Rule> rules = new ArrayList<>();
    private boolean trainBatchNorm;
    private boolean sharedBases;
    private final List<PlanRules.Group> groups = new ArrayList<>();
    private final List<PlanRules.Insert> inserts = new ArrayList<>();
    private IUpdater updater;
    private double adapterDropout;
    private KernelView kernelView = KernelView.OUT_BY_IN;
    private boolean fastConvolutions;
    private int coefficientBits;
    private int frozenBits;
    private Integer wordBits;
    private boolean trainsNothing;
    private boolean scaledRate;
    private long seed = 1;

    private Builder() {}

    /** All settings but the rules. */
    private Builder(AdapterPlan plan) {
      this.trainBatchNorm = plan.trainBatchNorm;
      this.sharedBases = plan.sharedBases;
      this.groups.addAll(plan.groups);
      this.updater = plan.updater;
      this.adapterDropout = plan.adapterDropout;
      this.kernelView = plan.kernelView;
      this.fastConvolutions = plan.fastConvolutions;
      this.coefficientBits = plan.coefficientBits;
      this.frozenBits = plan.frozenBits;
      this.wordBits = plan.wordBits;
      this.trainsNothing = plan.trainsNothing;
      this.scaledRate = plan.scaledRate;
      this.seed = plan.seed;
    }

    /**
     * Adapts layers with these names. A layer with several weights is also matched weight by
     * weight, as {@code block3.fc1} or {@code lstm.RW}; those that no rule matches are frozen.
     *
     * @param names a regular expression for the whole name
     * @param method the adapter on a W0, for instance {@code w0 -> Nola.on(w0, 4, 1000, 1000)}
     */
    public Builder adapt(String names, Function<FrozenWeight, Reparameterization> method) {
      return adapt(names, ofEach(method));
    }

    /**
     * As {@link #adapt(String, Function)}, with a method that may depend on the weight.
     *
     * @param method the adapter of a weight on its W0, for instance {@code (weight, w0) ->
     *     Lora.on(w0, weight.shape().rows() < 100 ? 1 : 4)}
     */
    public Builder adapt(
        String names, BiFunction<BaseWeight, FrozenWeight, Reparameterization> method) {
      return rule("the name " + names, named(names), Decision.Action.ADAPT, method);
    }

    /** Adapts layers of exactly this type. */
    public Builder adapt(
        Class<? extends Layer> type, Function<FrozenWeight, Reparameterization> method) {
      return adapt(type, ofEach(method));
    }

    /** As {@link #adapt(Class, Function)}, with a method that may depend on the weight. */
    public Builder adapt(
        Class<? extends Layer> type,
        BiFunction<BaseWeight, FrozenWeight, Reparameterization> method) {
      return rule(
          "the type " + type.getSimpleName(),
          layer -> layer.conf().getClass() == type,
          Decision.Action.ADAPT,
          method);
    }

    /**
     * Adapts all layers that can have an adapter, except output layers: those with weight matrices
     * or kernels, including recurrent, wrapped and frozen ones.
     */
    public Builder adaptAll(Function<FrozenWeight, Reparameterization> method) {
      return adaptAll(ofEach(method));
    }

    /** As {@link #adaptAll(Function)}, with a method that may depend on the weight. */
    public Builder adaptAll(BiFunction<BaseWeight, FrozenWeight, Reparameterization> method) {
      return rule(
          "layers with weights",
          layer -> !layer.weights().isEmpty() && !BaseConfs.isTrainedOutput(layer.conf()),
          Decision.Action.ADAPT,
          method);
    }

    /**
     * Gives transformer blocks with these names something beside their weights, trained directly:
     * bottleneck adapters or a prefix. The blocks' own weights are frozen but for those with
     * adapters of other rules. No weight can take it in, so that {@link Adapters#merge()} and PEFT
     * refuse such a network.
     *
     * @param names a regular expression for the whole name
     */
    public Builder insert(String names, Insertion insertion) {
      if (insertion == null) {
        throw new IllegalArgumentException(
            "the insertion for the name " + names + " must be given");
      }
      inserts.add(
          new PlanRules.Insert("the insertion for the name " + names, named(names), insertion));
      return this;
    }

    /** Trains layers with these names directly. */
    public Builder train(String names) {
      return rule("the name " + names, named(names), Decision.Action.TRAIN, null);
    }

    /** Freezes layers with these names; for output layers, which would be trained. */
    public Builder freeze(String names) {
      return rule("the name " + names, named(names), Decision.Action.FREEZE, null);
    }

    /**
     * Freezes all layers that no earlier rule is for, and lets there be none: the network only
     * computes, with {@link #frozenBits} in less memory.
     */
    public Builder trainNothing() {
      this.trainsNothing = true;
      return freeze(".*");
    }

    /**
     * Trains batch normalization, including running statistics; by default it is frozen and runs in
     * test mode.
     */
    public Builder trainBatchNorm() {
      this.trainBatchNorm = true;
      return this;
    }

    /**
     * Lets layers with weights of the same shape share their bases, as in the paper's table 2; by
     * default each has its own.
     */
    public Builder sharedBases() {
      this.sharedBases = true;
      return this;
    }

    /**
     * Makes the updaters' learning rates those of the weights, from which the rates of the
     * adapters' trained numbers follow, so that one rate serves all layers and methods; see {@link
     * org.nola4j.internal.runtime.ReparameterizedLayer.Builder#scaledRate}. By default they are
     * those of the trained numbers.
     */
    public Builder scaledRate() {
      this.scaledRate = true;
      return this;
    }

    /** The updater of all trained parameters; the network's own unless set. */
    public Builder updater(IUpdater updater) {
      this.updater = updater;
      return this;
    }

    /**
     * The updater, and so the learning rate, of some layers: of their adapters, or of the whole
     * layer if it is trained directly. If several match a layer, the first one applies; {@link
     * #updater(IUpdater)} applies to all others.
     *
     * @param names a regular expression for the whole name
     */
    public Builder updater(String names, IUpdater updater) {
      if (updater == null) {
        throw new IllegalArgumentException("the updater for the name " + names + " must be given");
      }
      groups.add(new PlanRules.Group("the updater of the name " + names, named(names), updater));
      return this;
    }

    /**
     * In training, drops each input of an adapter with this probability and divides the others by
     * the probability of keeping, as in LoRA (PEFT's {@code lora_dropout}; DL4J's own {@code
     * dropOut} takes the probability of keeping). The frozen layer itself gets its full input, and
     * nothing is dropped at inference. 0, the default, disables it.
     *
     * <p>For weights that multiply their layer's input: those of DL4J's dense, convolution and
     * deconvolution layers, {@code W} (not {@code RW}) of LSTM and SimpleRnn, and {@code Wq},
     * {@code Wk} and {@code Wv} of self-attention, also in {@code TimeDistributed}, {@code
     * LastTimeStep} and {@code Bidirectional}; and for all weights of this library's dense layers
     * and transformer blocks, each of which draws numbers of its own. As in loralib and PEFT,
     * embeddings, whose input is an index, are not dropped. Wrapping fails with the layer's name
     * for anything else. Except for dense layers and blocks, training takes about twice the layer's
     * memory and time, and convolutions run on DL4J's kernels.
     */
    public Builder adapterDropout(double rate) {
      if (!(rate >= 0 && rate < 1)) {
        throw new IllegalArgumentException(
            "adapterDropout must be from 0 to below 1, but is " + rate);
      }
      this.adapterDropout = rate;
      return this;
    }

    /** The matrix view of a convolution's kernel; {@link KernelView#OUT_BY_IN} unless set. */
    public Builder kernelView(KernelView kernelView) {
      this.kernelView = kernelView;
      return this;
    }

    /**
     * Runs adapted and frozen convolutions on this library's kernels instead of DL4J's, several
     * times faster on a CPU; outputs then match the trained network up to rounding, about 1e-6, and
     * no longer bit for bit. Off by default.
     */
    public Builder fastConvolutions() {
      this.fastConvolutions = true;
      return this;
    }

    /**
     * Trains adapters as they will be stored at 2 to 8 bits per coefficient (quantization-aware
     * training); 0, the default, disables it.
     */
    public Builder coefficientBits(int bits) {
      this.coefficientBits = bits == 0 ? 0 : new Quantizer(bits).bits();
      return this;
    }

    /**
     * Keeps frozen weight matrices in fewer bits than float32 has: 8 for integers with one scale a
     * column, 16 for bfloat16, 0, the default, for float32. They are kept once for all copies of
     * the network, off the heap, and without float32 numbers beside them. For DL4J's dense and
     * output layers, adapted or frozen, this library's transformer blocks and, as {@link #wordBits}
     * says, embeddings and heads of language models; other layers, biases, norms and what is
     * trained directly stay float32.
     *
     * <p>With 8 bits each weight moves by at most half its column's scale (the greatest magnitude
     * of the column / 127), with 16 by at most 2^-8 of itself, so that outputs before training
     * differ from the trained network's. {@code merge()} gives the rounded weights plus the
     * adapter, {@code unmerge()} the rounded weights. Such an adapter goes over this base with
     * these bits, which its file records; over float32 weights it is refused. A network wrapped so
     * cannot be wrapped once more.
     *
     * <p>Products with integers convert a tile of the matrix to float32 at a time, in at most 16
     * MiB per thread: one operation an element and pass. Those with bfloat16 take half of float32's
     * time on processors that multiply such numbers (AVX512-BF16, AMX), where the inputs and, in
     * the backward pass, the gradients are rounded to bfloat16 too and sums are float32; elsewhere
     * they are computed as those with integers are, and results differ by that rounding.
     *
     * @throws IllegalArgumentException for other numbers than 0, 8, and 16
     */
    public Builder frozenBits(int bits) {
      if (bits != 0) {
        CompactMatrix.requireBits("frozenBits", bits);
      }
      this.frozenBits = bits;
      return this;
    }

    /**
     * Keeps the matrix of a frozen {@link org.nola4j.transformer.TokenEmbedding} or {@link
     * org.nola4j.transformer.LanguageModelHead} as bfloat16, with 16, or as float32, with 0; by
     * default 16 where {@link #frozenBits} are set. One with an adapter is float32. To read an
     * adapter over a base that does not have the default, pass these options with it.
     *
     * @throws IllegalArgumentException for other numbers: a column's one scale is too coarse for
     *     the rows of thousands of words
     */
    public Builder wordBits(int bits) {
      if (bits != 0 && bits != Bfloat16Matrix.BITS) {
        throw new IllegalArgumentException(
            "wordBits must be %d for bfloat16 or 0 for float32, but is %d"
                .formatted(Bfloat16Matrix.BITS, bits));
      }
      this.wordBits = bits;
      return this;
    }

    /**
     * The seed from which, with the layers' names, the seeds of all adapters derive; 1 unless set.
     */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    private static PlanRules.Matcher named(String names) {
      Pattern pattern = Pattern.compile(names);
      return layer -> layer.names().stream().anyMatch(pattern.asMatchPredicate());
    }

    private Builder rule(
        String description,
        PlanRules.Matcher matches,
        Decision.Action action,
        BiFunction<BaseWeight, FrozenWeight, Reparameterization> method) {
      if (action == Decision.Action.ADAPT && method == null) {
        throw new IllegalArgumentException("the adapter for " + description + " must be given");
      }
      rules.add(
          new PlanRules.Rule(
              description,
              matches,
              action,
              (weight, w0) -> weight.methodOn(w0, () -> method.apply(weight, w0)),
              null));
      return this;
    }

    private static PlanRules.Method ofEach(Function<FrozenWeight, Reparameterization> method) {
      return method == null ? null : (weight, w0) -> method.apply(w0);
    }

    /** The plan. */
    public AdapterPlan build() {
      return new AdapterPlan(this);
    }
  }
}
