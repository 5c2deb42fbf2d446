package org.nola4j.dl4j;

import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.params.SameDiffParamInitializer;
import org.nola4j.cuda.DeviceArrays;
import org.nola4j.reparameterization.LinearMap;

/**
 * The runtime layers that the network under construction on this thread has so far, by name, for a
 * layer that takes its coefficients from another; and the bases that they combine, for layers that
 * share one.
 *
 * <p>DL4J 1.0.0-M2.1 leaves no better way from one layer to another: a runtime layer is made from
 * its own configuration, index and parameters, and neither it nor its configuration ever sees the
 * network. What {@code MultiLayerNetwork.init} and {@code ComputationGraph.init} do, on one thread,
 * is to ask the initializer of every layer, those in wrappers too, for its number of parameters,
 * and then to instantiate one layer after the other. So the layers instantiated since that question
 * was last asked are those of one network, whatever other networks were built before, or began to
 * be and failed.
 *
 * <p>References are weak: the last network of a thread is not kept alive.
 */
final class NetworkUnderConstruction extends SameDiffParamInitializer {
  static final NetworkUnderConstruction INITIALIZER = new NetworkUnderConstruction();

  private static final ThreadLocal<Map<String, WeakReference<CorrectedSameDiffLayer>>> LAYERS =
      ThreadLocal.withInitial(LinkedHashMap::new);

  private static final ThreadLocal<Map<LinearMap, WeakReference<SharedBasis>>> BASES =
      ThreadLocal.withInitial(HashMap::new);

  private NetworkUnderConstruction() {}

  @Override
  public long numParams(Layer layer) {
    LAYERS.get().clear();
    BASES.get().clear();
    return super.numParams(layer);
  }

  /** Adds a layer; one without a name cannot be found and is left out. */
  static void add(String name, CorrectedSameDiffLayer layer) {
    if (name != null) {
      LAYERS.get().put(name, new WeakReference<>(layer));
    }
  }

  /** The layer that was added last under this name, or null. */
  static CorrectedSameDiffLayer find(String name) {
    WeakReference<CorrectedSameDiffLayer> layer = LAYERS.get().get(name);
    return layer == null ? null : layer.get();
  }

  /**
   * The layers' factors that combine one basis; on a GPU, where one launch serves any seeds, one
   * shape.
   */
  static SharedBasis sharing(LinearMap of) {
    LinearMap map =
        DeviceArrays.active()
            .flatMap(device -> of.combinedBasis())
            .<LinearMap>map(basis -> new LinearMap.Combination(basis.withSeed(0)))
            .orElse(of);
    WeakReference<SharedBasis> known = BASES.get().get(map);
    SharedBasis shared = known == null ? null : known.get();
    if (shared == null) {
      shared = new SharedBasis();
      BASES.get().put(map, new WeakReference<>(shared));
    }
    return shared;
  }
}
