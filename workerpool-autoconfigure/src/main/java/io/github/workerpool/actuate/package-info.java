/**
 * How pools are seen from outside: endpoint, health, meters and observations. Looks at
 * pools through their public API only; what is shown here is never a domain object.
 */
@NullMarked
package io.github.workerpool.actuate;

import org.jspecify.annotations.NullMarked;
