package io.github.workerpool.process;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

import io.github.workerpool.InvalidPoolSettingException;
import io.github.workerpool.Isolation;
import io.github.workerpool.PoolSettings;
import io.github.workerpool.PoolSettings.ResourceLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory that this JVM and all children of all pools may use, against the memory that
 * there is. In a container the kernel's way to enforce its limit is to kill, and it may
 * kill the container as a whole: a child must reach its own limit first, so the limits
 * must sum up below the container's. Immutable.
 *
 * @since 0.1.0
 */
public final class MemoryPlan {

	private static final Logger logger = LoggerFactory.getLogger(MemoryPlan.class);

	private static final long LEAST_HEAP = 64L << 20;

	private static final long MOST_HEAP = 512L << 20;

	private static final String XMX = "-Xmx";

	private static final String MAX_HEAP = "-XX:MaxHeapSize=";

	private final HostMemory memory;

	private final long ownHeap;

	private final List<Share> shares;

	private MemoryPlan(HostMemory memory, long ownHeap, List<Share> shares) {
		this.memory = memory;
		this.ownHeap = ownHeap;
		this.shares = shares;
	}

	/**
	 * Plans for pools. Those whose workers are threads take no memory of their own.
	 * @param pools the settings of all pools
	 * @return the plan
	 */
	public static MemoryPlan of(Collection<PoolSettings> pools) {
		return of(pools, HostMemory.read(), Runtime.getRuntime().maxMemory());
	}

	static MemoryPlan of(Collection<PoolSettings> pools, HostMemory memory, long ownHeap) {
		List<Share> shares = new ArrayList<>();
		for (PoolSettings pool : pools) {
			if (pool.isolation() == Isolation.PROCESS) {
				shares.add(new Share(pool.name(), pool.maxSize() + pool.process().spares(),
						childLimit(pool, memory, ownHeap)));
			}
		}
		return new MemoryPlan(memory, ownHeap, List.copyOf(shares));
	}

	/**
	 * Heap of a child of a pool.
	 */
	static long heap(PoolSettings pool) {
		return heap(pool, HostMemory.read(), Runtime.getRuntime().maxMemory());
	}

	static long heap(PoolSettings pool, HostMemory memory, long ownHeap) {
		Long limit = pool.resourceLimits().maxHeapSize();
		if (limit != null) {
			return limit;
		}
		long left = memory.bytes() / 4 * 3 - ownHeap;
		return Math.max(LEAST_HEAP, Math.min(left / pool.maxSize(), MOST_HEAP));
	}

	private static long childLimit(PoolSettings pool, HostMemory memory, long ownHeap) {
		ResourceLimits limits = pool.resourceLimits();
		long sum = heapOption(pool.process().jvmArgs()).orElse(heap(pool, memory, ownHeap));
		for (Long limit : new Long[] { limits.maxMetaspaceSize(), limits.reservedCodeCacheSize(),
				limits.maxDirectMemorySize() }) {
			sum += (limit != null) ? limit : 0;
		}
		Long resident = limits.maxResidentSize();
		return (resident != null) ? Math.min(sum, resident) : sum;
	}

	private static OptionalLong heapOption(List<String> jvmArgs) {
		OptionalLong heap = OptionalLong.empty();
		for (String option : jvmArgs) {
			if (option.startsWith(XMX)) {
				heap = ByteSize.parse(option.substring(XMX.length()));
			}
			else if (option.startsWith(MAX_HEAP)) {
				heap = ByteSize.parse(option.substring(MAX_HEAP.length()));
			}
		}
		return heap;
	}

	/**
	 * All that may be used.
	 * @return bytes
	 */
	public long total() {
		return this.ownHeap + this.shares.stream().mapToLong(Share::total).sum();
	}

	/**
	 * Tells whether there is memory enough.
	 * @return whether there is
	 */
	public boolean fits() {
		return total() <= this.memory.bytes();
	}

	/**
	 * Logs the sum, and complains if it doesn't fit. Does nothing if there is no child to
	 * plan for.
	 * @param check how to complain
	 * @throws InvalidPoolSettingException if it doesn't fit and the check says so; names
	 * the pool that may use most
	 */
	public void check(MemoryCheck check) {
		if (check == MemoryCheck.OFF || this.shares.isEmpty()) {
			return;
		}
		if (fits()) {
			logger.info("{}", this);
			return;
		}
		Share largest = this.shares.stream().max(Comparator.comparingLong(Share::total)).orElseThrow();
		String complaint = "%s, which is too much. Lower 'resource-limits.max-heap-size' or 'max-size' of pool '%s', "
			.formatted(this, largest.pool()) + "or this JVM's own heap (-Xmx)";
		if (check == MemoryCheck.FAIL) {
			throw new InvalidPoolSettingException(largest.pool(), "resource-limits.max-heap-size",
					ByteSize.format(largest.limit()),
					complaint + ", or set 'workerpool.process.memory-check' to 'warn'");
		}
		logger.warn("{}", complaint);
	}

	@Override
	public String toString() {
		String children = this.shares.stream()
			.map((share) -> " + %d × %s for pool '%s'".formatted(share.children(), ByteSize.format(share.limit()),
					share.pool()))
			.collect(Collectors.joining());
		return "Memory for this JVM and its children: %s for this JVM's heap%s = %s of the %s's %s".formatted(
				ByteSize.format(this.ownHeap), children, ByteSize.format(total()), this.memory.source(),
				ByteSize.format(this.memory.bytes()));
	}

	/**
	 * What one pool may use.
	 *
	 * @param pool name of the pool
	 * @param children most children, spares included
	 * @param limit bytes of one child
	 */
	private record Share(String pool, int children, long limit) {

		long total() {
			return this.children * this.limit;
		}

	}

}
