// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.nola4j.experiments.results.ResultStore;

/**
 * What a run is given beside its configuration; none of it may change the result.
 *
 * @param dataDirectory where the user says the data is; without it the usual places are searched
 * @param results where results are; what several runs need, such as the network that they adapt, is
 *     kept there as the result of a run of its own
 * @param notes takes lines for the user
 */
public record RunContext(
    Optional<Path> dataDirectory, ResultStore results, Consumer<String> notes) {}
