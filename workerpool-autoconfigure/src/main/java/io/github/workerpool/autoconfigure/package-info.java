/**
 * Spring Boot's side: properties, auto-configurations, life cycle and context
 * propagation. Wires the engine to the beans of an application; what a pool does with its
 * tasks belongs elsewhere.
 */
@NullMarked
package io.github.workerpool.autoconfigure;

import org.jspecify.annotations.NullMarked;
