package io.github.workerpool.process;

import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.Modifier;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * An object of the user's that extends the pool, on its way into a child: the object
 * itself if it is serializable, else the name of its class if a child can make another
 * one. Where the child has a context with such a bean, that is used.
 *
 * @param className class of the object
 * @param beanName name of the bean that it may be in the child, empty if it is none
 * @param isMakeable whether it can be had without being a bean
 * @param object the serialized object, {@code null} if a new one is to be made
 * @since 0.1.0
 */
public record Extension(String className, String beanName, boolean isMakeable, byte @Nullable [] object) {

	private static final int CAP = 1 << 24;

	/**
	 * Prepares an object for its way.
	 * @return how it crosses, empty if it can't
	 */
	static Optional<Extension> of(Object extension, @Nullable String beanName) {
		Class<?> type = extension.getClass();
		String bean = (beanName != null) ? beanName : "";
		if (extension instanceof Serializable) {
			try {
				HeapOutput out = new HeapOutput(CAP);
				try (GraphOutput graph = new GraphOutput(out)) {
					graph.writeObject(extension);
				}
				Bytes bytes = out.toBytes();
				byte[] whole = new byte[(int) bytes.size()];
				int at = 0;
				for (byte[] piece : bytes.full()) {
					System.arraycopy(piece, 0, whole, at, piece.length);
					at += piece.length;
				}
				System.arraycopy(bytes.last(), 0, whole, at, bytes.lastLength());
				return Optional.of(new Extension(type.getName(), bean, true, whole));
			}
			catch (IOException | RuntimeException ex) {
				// Perhaps a new one will do
			}
		}
		return (canBeMade(type) || beanName != null)
				? Optional.of(new Extension(type.getName(), bean, canBeMade(type), null)) : Optional.empty();
	}

	private static boolean canBeMade(Class<?> type) {
		if (type.isHidden() || !Modifier.isPublic(type.getModifiers())
				|| (type.isMemberClass() && !Modifier.isStatic(type.getModifiers()))) {
			return false;
		}
		try {
			type.getConstructor();
			return true;
		}
		catch (NoSuchMethodException ex) {
			return false;
		}
	}

	/**
	 * Makes the object; called in the child.
	 * @param <T> the type of the object
	 * @param type the type of the object
	 * @param loader finds its class
	 * @return the object
	 * @throws Exception if it can't be made
	 */
	public <T> T make(Class<T> type, ClassLoader loader) throws Exception {
		byte[] bytes = this.object;
		if (bytes == null) {
			return type.cast(Class.forName(this.className, true, loader).getConstructor().newInstance());
		}
		try (GraphInput graph = new GraphInput(new ArrayInput(bytes), loader,
				PayloadFilter.forRequests(null, Integer.MAX_VALUE))) {
			return type.cast(graph.readObject());
		}
	}

	void write(PayloadOutput out) throws IOException {
		out.writeText(this.className);
		out.writeText(this.beanName);
		out.write(this.isMakeable ? 1 : 0);
		byte[] bytes = (this.object != null) ? this.object : new byte[0];
		out.writeCount(bytes.length);
		out.write(bytes, 0, bytes.length);
	}

	static Extension read(PayloadInput in) throws IOException {
		String className = in.readText(in.readCount(), CAP);
		String beanName = in.readText(in.readCount(), CAP);
		boolean isMakeable = in.readByte() != 0;
		byte[] object = new byte[in.readCount()];
		in.readFully(object, 0, object.length);
		return new Extension(className, beanName, isMakeable, (object.length == 0) ? null : object);
	}

}
