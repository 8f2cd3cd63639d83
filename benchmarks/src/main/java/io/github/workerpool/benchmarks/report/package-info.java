/**
 * What was measured, and how it is shown: the figures and their targets, the results of a
 * run, and the page and charts made from them. Nothing here measures anything.
 */
@NullMarked
package io.github.workerpool.benchmarks.report;

import org.jspecify.annotations.NullMarked;
