// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyName;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.databind.util.StdConverter;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nola4j.experiments.common.Json;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.Reparameterizations;

/**
 * The settings of a method, read off the library's record: their types are those of its components,
 * their names and defaults those that its {@code @JsonProperty} annotations declare. What older
 * files call them is here too.
 */
final class MethodKeys {
  static final String METHOD = "method";
  private static final String OLD_METHOD = "name";
  private static final String PRESET = "preset";
  private static final String W0 = "w0";

  /** Stands for the weight of a trained network until that is known. */
  static final FrozenWeight PRETRAINED =
      new FrozenWeight.Given("0".repeat(64), "the network that is adapted");

  /** Settings that no method's record has. */
  static final Map<String, Class<?>> OPTIONS =
      Arrays.stream(MethodOptions.class.getRecordComponents())
          .collect(
              Collectors.toMap(
                  RecordComponent::getName,
                  RecordComponent::getType,
                  (a, b) -> a,
                  LinkedHashMap::new));

  /** The variants of NOLA in its two releases, as sets of defaults. */
  private enum Preset {
    /** The release of the paper, October 2023. */
    @JsonProperty("release-2023")
    RELEASE_2023(Nola.release2023(1, 1, 1)),
    /** The rewrite of April 2024. */
    @JsonProperty("release-2024")
    RELEASE_2024(Nola.release2024(1, 1, 1));

    record Choice(Preset preset) {}

    @SuppressWarnings("ImmutableEnumChecker") // a record of immutable values
    private final Nola nola;

    Preset(Nola nola) {
      this.nola = nola;
    }

    void fill(ObjectNode settings) {
      settings.putIfAbsent("law", TextNode.valueOf(nola.distribution().name()));
      settings.putIfAbsent("basisScale", TextNode.valueOf(nola.basisScale().name()));
      settings.putIfAbsent("initialization", TextNode.valueOf(nola.initialization().name()));
      settings.putIfAbsent("anchor", BooleanNode.valueOf(nola.anchor()));
    }
  }

  private static final Map<String, String> OLD_PRESETS =
      Map.of("paper", "release-2023", "rewrite", "release-2024");

  private static final String OLD_DEFAULT_PRESET = "scratch";

  private static final JsonMapper BINDER =
      Json.STRICT
          .rebuild()
          .addMixIn(FrozenWeight.class, FrozenWeightMixin.class)
          .annotationIntrospector(new LibraryNames())
          .build();

  private MethodKeys() {}

  /** The part of a weight that is not trained. */
  private enum W0Kind {
    /** None: the weight is what the method computes. */
    @JsonProperty("none")
    NONE,
    /** A random initialization, reproduced from the seed. */
    @JsonProperty("seeded")
    SEEDED,
    /** The weight of the trained network that is adapted. */
    @JsonProperty("pretrained")
    PRETRAINED
  }

  /** Takes names from the annotations of the Jackson inside ND4J, which the library uses. */
  private static final class LibraryNames extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public PropertyName findNameForDeserialization(Annotated annotated) {
      var declared = annotated.getAnnotation(org.nd4j.shade.jackson.annotation.JsonProperty.class);
      return declared == null
          ? super.findNameForDeserialization(annotated)
          : PropertyName.construct(declared.value());
    }
  }

  @JsonDeserialize(converter = FrozenWeightConverter.class)
  private interface FrozenWeightMixin {}

  static final class FrozenWeightConverter extends StdConverter<W0Kind, FrozenWeight> {
    @Override
    public FrozenWeight convert(W0Kind kind) {
      return switch (kind) {
        case NONE -> FrozenWeight.none();
        case SEEDED -> FrozenWeight.seeded();
        case PRETRAINED -> MethodKeys.PRETRAINED;
      };
    }
  }

  /** All settings of a method with their types; empty if there is no such method. */
  static Map<String, Class<?>> of(String method) {
    Map<String, Class<?>> keys = new LinkedHashMap<>();
    keys.put(METHOD, String.class);
    components(method).forEach(each -> keys.put(key(each), each.getType()));
    keys.replace(W0, W0Kind.class);
    if (Reparameterizations.find(method).filter(Nola.class::equals).isPresent()) {
      keys.put(PRESET, Preset.class);
    }
    keys.putAll(OPTIONS);
    if (!keys.containsKey("rank")) {
      keys.remove("rankTimesKernel");
      keys.remove("capRank");
    }
    return keys;
  }

  /** The current name of a setting. */
  static String canonical(String key) {
    return key.equals(OLD_METHOD) ? METHOD : key;
  }

  /**
   * Converts settings to their current names and values; may be incomplete, like one of several
   * files.
   */
  static ObjectNode canonical(ObjectNode json) {
    ObjectNode settings = Json.STRICT.createObjectNode();
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      String key = json.has(METHOD) ? entry.getKey() : canonical(entry.getKey());
      settings.set(key, entry.getValue());
    }
    String preset = settings.path(PRESET).asText();
    if (preset.equals(OLD_DEFAULT_PRESET)) {
      settings.remove(PRESET);
    } else if (OLD_PRESETS.containsKey(preset)) {
      settings.put(PRESET, OLD_PRESETS.get(preset));
    }
    String method = settings.path(METHOD).asText();
    if (method.equals("frozen") && !settings.has(W0)) {
      settings.put(W0, "pretrained"); // older configurations omitted it
    }
    components(method)
        .filter(each -> each.getType().isEnum())
        .forEach(each -> constant(settings, key(each)));
    return settings;
  }

  /** The library's constants are uppercase; older configurations used lowercase. */
  private static void constant(ObjectNode settings, String key) {
    JsonNode value = settings.path(key);
    if (value.isTextual()) {
      settings.put(key, value.textValue().replace('-', '_').toUpperCase(Locale.ROOT));
    }
  }

  /**
   * Creates the method from its settings without {@link #OPTIONS}.
   *
   * @throws IllegalArgumentException if there is no such method
   */
  static Reparameterization bind(ObjectNode settings) throws JsonProcessingException {
    String method = settings.path(METHOD).asText();
    Class<? extends Reparameterization> type =
        Reparameterizations.find(method)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "%s must be one of %s, was %s".formatted(METHOD, names(), method)));
    ObjectNode fields = withDefaults(settings);
    fields.remove(METHOD);
    return BINDER.treeToValue(fields, type);
  }

  /** Adds defaults for absent settings; without {@link #OPTIONS}. */
  static ObjectNode withDefaults(ObjectNode settings) throws JsonProcessingException {
    ObjectNode fields = settings.deepCopy();
    if (fields.has(PRESET) && of(fields.path(METHOD).asText()).containsKey(PRESET)) {
      ObjectNode preset = fields.objectNode().set(PRESET, fields.remove(PRESET));
      Json.STRICT.treeToValue(preset, Preset.Choice.class).preset().fill(fields);
    }
    components(fields.path(METHOD).asText())
        .filter(each -> !fields.has(key(each)))
        .forEach(each -> putDefault(fields, each));
    return fields;
  }

  /** A default may be the name of another component, whose value is then used. */
  private static void putDefault(ObjectNode fields, RecordComponent component) {
    var declared = declaration(component);
    if (declared == null || declared.defaultValue().isEmpty()) {
      return;
    }
    String value = declared.defaultValue();
    boolean names = of(fields.path(METHOD).asText()).containsKey(value);
    if (!names) {
      Setting setting = Setting.parse(key(component) + "=" + value);
      fields.set(setting.path(), setting.value());
    } else if (fields.has(value)) {
      fields.set(key(component), fields.get(value));
    }
  }

  /** What files call a component. */
  private static String key(RecordComponent component) {
    var declared = declaration(component);
    return declared == null || declared.value().isEmpty() ? component.getName() : declared.value();
  }

  private static org.nd4j.shade.jackson.annotation.JsonProperty declaration(
      RecordComponent component) {
    return component
        .getAccessor()
        .getAnnotation(org.nd4j.shade.jackson.annotation.JsonProperty.class);
  }

  private static Stream<RecordComponent> components(String method) {
    return Reparameterizations.find(method).stream()
        .flatMap(type -> Arrays.stream(type.getRecordComponents()));
  }

  /** The names of all methods. */
  static Set<String> names() {
    return Reparameterizations.all().keySet();
  }
}
