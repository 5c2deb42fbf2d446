/**
 * One main class per experiment, to start it from an IDE or with {@code mvn exec:java}.
 *
 * <p>The packages: {@code spi} has what an experiment, a benchmark or a file inspector implements;
 * {@code network} is shared by all experiments with Deeplearning4j networks, and {@code tasks} has
 * these experiments; {@code config} reads settings; {@code run} trains, shows progress and resumes;
 * {@code grid} trains many runs as one; {@code results} stores and compares, {@code report} draws
 * tables and charts; {@code inspect} reads the files of what was trained; {@code bench} measures
 * speed; {@code coverage} is the paper's figure 2; {@code cli} is the command line.
 */
package org.nola4j.experiments;
