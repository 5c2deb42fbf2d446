/**
 * One main class an experiment, for those who start it from an IDE or {@code mvn exec:java}.
 *
 * <p>How the application is cut: {@code spi} is what an experiment, a benchmark or a file inspector
 * implements; {@code network} is what those that train Deeplearning4j networks share, {@code mnist}
 * and {@code resnet} are these; {@code adapters} handles the files of what was trained; {@code
 * config} reads settings; {@code run} trains and resumes; {@code grid} trains many runs as one;
 * {@code knn} classifies features without training; {@code results} stores and compares; {@code
 * table} and {@code progress} show; {@code cli} is the command line.
 */
package org.nola4j.experiments;
