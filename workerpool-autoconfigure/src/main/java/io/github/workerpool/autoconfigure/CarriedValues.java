package io.github.workerpool.autoconfigure;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.concurrent.Callable;

import io.github.workerpool.core.TaskContext;
import org.jspecify.annotations.Nullable;

import org.springframework.context.i18n.LocaleContext;
import org.springframework.context.i18n.SimpleTimeZoneAwareLocaleContext;
import org.springframework.context.i18n.TimeZoneAwareLocaleContext;

/**
 * What of a {@link ThreadContext} can get into another JVM: the logging context, with the
 * ids of traces in it, the locale, and every other value that is serializable and bound
 * by an accessor that the other JVM has too. The rest is left behind.
 */
final class CarriedValues implements TaskContext.Captured, Serializable {

	@Serial
	private static final long serialVersionUID = 1L;

	private @Nullable HashMap<String, String> mdc;

	private @Nullable Locale locale;

	private @Nullable TimeZone timeZone;

	private final HashMap<String, byte[]> others = new HashMap<>();

	static CarriedValues of(List<ThreadBound<?>> bounds, @Nullable Object[] values) {
		CarriedValues carried = new CarriedValues();
		for (int i = 0; i < values.length; i++) {
			if (values[i] != null && bounds.get(i).key() instanceof String key) {
				carried.take(key, values[i]);
			}
		}
		return carried;
	}

	@SuppressWarnings("unchecked")
	private void take(String key, Object value) {
		if (key.equals(MdcBound.KEY) && value instanceof Map<?, ?> map) {
			this.mdc = new HashMap<>((Map<String, String>) map);
		}
		else if (key.equals(LocaleBound.KEY) && value instanceof LocaleContext context) {
			this.locale = context.getLocale();
			this.timeZone = (context instanceof TimeZoneAwareLocaleContext aware) ? aware.getTimeZone() : null;
		}
		else if (value instanceof Serializable) {
			try (ByteArrayOutputStream bytes = new ByteArrayOutputStream();
					ObjectOutputStream out = new ObjectOutputStream(bytes)) {
				out.writeObject(value);
				out.flush();
				this.others.put(key, bytes.toByteArray());
			}
			catch (IOException | RuntimeException ex) {
				// Something in it isn't; tasks run without it there
			}
		}
	}

	@Override
	public <R extends @Nullable Object> R call(Callable<R> body) throws Exception {
		Map<String, String> map = this.mdc;
		Callable<R> rest = (this.locale != null || this.timeZone != null || !this.others.isEmpty())
				? () -> callWithOthers(body) : body;
		if (map == null) {
			return rest.call();
		}
		MdcBound bound = new MdcBound();
		Map<String, String> previous = bound.get();
		Map<String, String> merged = new HashMap<>(map);
		if (previous != null) {
			previous.forEach(merged::putIfAbsent);
		}
		bound.set(merged);
		try {
			return rest.call();
		}
		finally {
			bound.restore(previous);
		}
	}

	private <R extends @Nullable Object> R callWithOthers(Callable<R> body) throws Exception {
		List<ThreadBound<?>> bounds = new ArrayList<>();
		List<@Nullable Object> values = new ArrayList<>();
		if (this.locale != null || this.timeZone != null) {
			bounds.add(new LocaleBound());
			values.add(new SimpleTimeZoneAwareLocaleContext(this.locale, this.timeZone));
		}
		ClassLoader loader = Thread.currentThread().getContextClassLoader();
		ThreadContext known = this.others.isEmpty() ? new ThreadContext(List::of) : Here.CONTEXT;
		for (ThreadBound<?> bound : known.bounds()) {
			byte[] bytes = (bound.key() instanceof String key) ? this.others.get(key) : null;
			Object value = (bytes != null) ? read(bytes, loader) : null;
			if (value != null) {
				bounds.add(bound);
				values.add(value);
			}
		}
		return known.bind(bounds, values.toArray()).call(body);
	}

	private static @Nullable Object read(byte[] bytes, ClassLoader loader) {
		try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes)) {

			@Override
			protected Class<?> resolveClass(ObjectStreamClass type) throws IOException, ClassNotFoundException {
				try {
					return Class.forName(type.getName(), false, loader);
				}
				catch (ClassNotFoundException ex) {
					return super.resolveClass(type);
				}
			}

		}) {
			return in.readObject();
		}
		catch (IOException | ClassNotFoundException | RuntimeException | LinkageError ex) {
			// It can't be had here
			return null;
		}
	}

	/**
	 * What can be bound in this JVM; not looked for before something is.
	 */
	private static final class Here {

		private static final ThreadContext CONTEXT = ThreadContext.create(CarriedValues.class.getClassLoader());

	}

}
