package io.github.workerpool.sample.demo;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.github.workerpool.Task;

/**
 * Work that would take a JVM down, or never end. Each does for real what bad input makes
 * a library do; in a worker that is a child JVM it costs its caller an error, and nobody
 * else anything.
 */
enum HostileTask implements Task<String> {

	/** Keeps all it can get until there is no memory left. */
	OOM {

		@Override
		public String call() {
			List<byte[]> kept = new ArrayList<>();
			while (true) {
				kept.add(new byte[1 << 20]);
			}
		}

	},

	/** Ends the JVM, as libraries made from command line tools do. */
	EXIT {

		@Override
		public String call() {
			System.exit(3);
			return "exited";
		}

	},

	/** Never ends, and does not listen. */
	SPIN {

		@Override
		public String call() {
			long turns = 0;
			while (turns >= 0) {
				turns += 1 - (turns >> 40);
			}
			return "spun";
		}

	},

	/** Calls itself for ever. */
	STACK {

		@Override
		public String call() {
			return call() + "again";
		}

	},

	/** Writes where it must not, as a broken native library does. */
	SEGFAULT {

		@Override
		public String call() throws Exception {
			Class<?> type = Class.forName("sun.misc.Unsafe");
			Field field = type.getDeclaredField("theUnsafe");
			field.setAccessible(true);
			Method write = type.getMethod("putAddress", long.class, long.class);
			write.invoke(field.get(null), 0, 0);
			return "written";
		}

	};

	static HostileTask named(String name) {
		return valueOf(name.toUpperCase(Locale.ROOT));
	}

}
