package io.github.workerpool.offload;

/**
 * A bean with methods that a pool runs.
 *
 * @param name its name
 * @param type its class, without proxies
 * @param poolName name of the pool, empty for the default pool
 * @since 0.1.0
 */
public record OffloadedBean(String name, Class<?> type, String poolName) {

}
