// SPDX-License-Identifier: Apache-2.0
package org.nola4j.modelfile;

import java.io.Closeable;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JavaType;
import org.nd4j.shade.jackson.databind.JsonMappingException;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.cfg.MapperConfig;
import org.nd4j.shade.jackson.databind.introspect.Annotated;
import org.nd4j.shade.jackson.databind.introspect.JacksonAnnotationIntrospector;
import org.nd4j.shade.jackson.databind.jsontype.PolymorphicTypeValidator;
import org.nd4j.shade.jackson.databind.jsontype.TypeResolverBuilder;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;

/** Reads configurations as Deeplearning4j does, but instantiates only allowed classes. */
final class ConfigurationReader {
  private static final String PART = "the configuration";
  private static final String REMEDY =
      "if you trust the class and have it on the class path, allow it by name";

  /** For the default classes; creating a mapper takes longer than reading most configurations. */
  static final ConfigurationReader USUAL = new ConfigurationReader(ClassNames.USUAL);

  private final ObjectMapper mapper;

  ConfigurationReader(ClassNames classes) {
    this.mapper =
        NeuralNetConfiguration.mapper()
            .copy()
            .setPolymorphicTypeValidator(new Validator(classes))
            .setAnnotationIntrospector(new NamedTypesOnly());
  }

  /**
   * A {@link MultiLayerConfiguration} or a {@link ComputationGraphConfiguration}.
   *
   * @param file for messages
   */
  Object read(String json, String file) {
    ObjectNode root = StrictJson.parse(json, file, PART);
    if (root.has("vertices") == root.has("confs")) {
      throw new FileFormatException(
          file, PART + " with either \"confs\" or \"vertices\"", "both or none", Remedy.COPY);
    }
    Class<?> type =
        root.has("confs") ? MultiLayerConfiguration.class : ComputationGraphConfiguration.class;
    try {
      return mapper.readValue(json, type);
    } catch (ForeignClassException e) {
      throw new FileFormatException(
          file,
          PART + " with classes of Deeplearning4j and nola-dl4j only",
          e.getOriginalMessage(),
          REMEDY,
          e);
    } catch (JsonProcessingException e) {
      throw new FileFormatException(
          file,
          PART + " as Deeplearning4j writes it since 1.0.0-beta",
          e.getOriginalMessage().lines().findFirst().orElse(""),
          "load the model with Deeplearning4j and save it again",
          e);
    } catch (RuntimeException e) {
      // Deeplearning4j's setters and deserializers throw these for invalid values.
      throw new FileFormatException(
          file,
          PART + " of a network",
          String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          Remedy.COPY,
          e);
    }
  }

  /** Jackson passes its own exceptions through. */
  private static final class ForeignClassException extends JsonMappingException {
    private static final long serialVersionUID = 1L;

    ForeignClassException(String name, JavaType base) {
      super((Closeable) null, "\"" + name + "\" as a " + base.getRawClass().getSimpleName());
    }
  }

  /** Called by Jackson before it loads a class. */
  private static final class Validator extends PolymorphicTypeValidator {
    private static final long serialVersionUID = 1L;

    private final transient ClassNames classes;

    Validator(ClassNames classes) {
      this.classes = classes;
    }

    @Override
    public Validity validateBaseType(MapperConfig<?> config, JavaType baseType) {
      return Validity.INDETERMINATE;
    }

    @Override
    public Validity validateSubClassName(MapperConfig<?> config, JavaType base, String name)
        throws ForeignClassException {
      if (classes.allow(name)) {
        return Validity.ALLOWED;
      }
      throw new ForeignClassException(name, base);
    }

    @Override
    public Validity validateSubType(MapperConfig<?> config, JavaType base, JavaType type) {
      return Validity.DENIED;
    }
  }

  /**
   * Deeplearning4j's annotations send objects without a class name to readers of old formats, which
   * bypass the validator.
   */
  private static final class NamedTypesOnly extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    protected TypeResolverBuilder<?> _findTypeResolver(
        MapperConfig<?> config, Annotated annotated, JavaType baseType) {
      TypeResolverBuilder<?> builder = super._findTypeResolver(config, annotated, baseType);
      return builder == null ? null : builder.defaultImpl(null);
    }
  }
}
