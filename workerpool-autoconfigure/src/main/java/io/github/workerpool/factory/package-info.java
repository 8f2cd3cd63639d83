/**
 * The one place that turns settings into a pool of the right isolation. Usable without
 * Spring.
 */
@NullMarked
package io.github.workerpool.factory;

import org.jspecify.annotations.NullMarked;
