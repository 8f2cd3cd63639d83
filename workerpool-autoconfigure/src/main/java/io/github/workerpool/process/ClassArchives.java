package io.github.workerpool.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.process.ChildClassPath.Element;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets children start from an archive of classes that were loaded once before (a dynamic
 * archive of class data sharing, or from JDK 25 an AOT cache), so that they are ready in
 * about half the time. The archive is made by a child that does nothing else, in the
 * background, a while after the pool's first child was launched, and kept for later
 * starts of the application.
 * <p>
 * A JVM uses an archive only if the class path is the one it was made with, jar by jar
 * with the same times and sizes, and refuses one with directories in it. So children with
 * an archive are launched with a {@linkplain FlatClassPath flat class path}. All that the
 * archive depends on is in its key: what has changed has another key, and an old archive
 * is never looked at.
 * <p>
 * Nothing here may keep a child from starting. What can't be done is logged once, and
 * children start without. A JVM may even crash on a damaged archive (JDK 17 does on one
 * cut short), so size is checked at each launch, and an archive with which a child failed
 * to come up is not used again.
 */
final class ClassArchives implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(ClassArchives.class);

	/** Known by name only: it is the child's side. */
	private static final String TRAINING = "io.github.workerpool.process.child.ArchiveTraining";

	/** Changes when what is in the cache does. */
	private static final String FORMAT = "2";

	private static final int AOT_FEATURE = 25;

	private static final int KEY_LENGTH = 24;

	private static final long TRAINING_SECONDS = 120;

	private static final long CLOSE_MILLIS = 2000;

	private static final long TOUCH_NANOS = TimeUnit.MINUTES.toNanos(10);

	private final String pool;

	private final JavaInstallation java;

	private final ChildClassPath classPath;

	private final JvmOptions options;

	private final List<String> rehearsals;

	private final ArchiveCache cache;

	private final Duration delay;

	private final CountDownLatch closed = new CountDownLatch(1);

	private State state = State.NEW;

	private @Nullable Archive expected;

	private @Nullable Path user;

	private @Nullable Thread maker;

	private volatile @Nullable Process training;

	private long touched;

	/**
	 * Prepares to use archives; reads and writes nothing yet.
	 * @param pool name of the pool
	 * @param java the installation the children run on
	 * @param classPath where the children find their classes
	 * @param options the children's options
	 * @param rehearsals names of classes that do, in the child that makes the archive,
	 * what children do beside running tasks
	 * @param cache where archives are kept
	 * @param delay after which an archive is made, so that the first children start
	 * undisturbed
	 */
	ClassArchives(String pool, JavaInstallation java, ChildClassPath classPath, JvmOptions options,
			List<String> rehearsals, ArchiveCache cache, Duration delay) {
		this.pool = pool;
		this.java = java;
		this.classPath = classPath;
		this.options = options;
		this.rehearsals = List.copyOf(rehearsals);
		this.cache = cache;
		this.delay = delay;
	}

	/**
	 * The archive to launch a child with. Sees to it that there is one some time.
	 * @return the archive, {@code null} if there is none now
	 */
	synchronized @Nullable Archive current() {
		if (this.state == State.NEW) {
			begin();
		}
		Archive archive = this.expected;
		if (archive == null) {
			return null;
		}
		if (this.state == State.ELSEWHERE && archive.isComplete()) {
			use(archive);
		}
		if (this.state != State.READY) {
			return null;
		}
		if (!archive.isComplete()) {
			stop("'%s' was damaged or removed".formatted(archive.file()), null);
			return null;
		}
		touch(archive);
		return archive;
	}

	private void begin() {
		if (this.java.feature() == 0) {
			stop("the version of '%s' isn't known".formatted(this.java.home()), null);
			return;
		}
		Archive archive;
		try {
			archive = expect();
		}
		catch (IOException ex) {
			stop("the class path can't be read", ex);
			return;
		}
		this.expected = archive;
		if (archive.isComplete() && archive.classPath().isComplete() && this.cache.isSafe() && use(archive)) {
			return;
		}
		this.state = State.MAKING;
		Thread thread = new Thread(null, () -> make(archive), "workerpool-" + this.pool + "-archive", 0, false);
		thread.setDaemon(true);
		thread.setPriority(Thread.MIN_PRIORITY);
		this.maker = thread;
		thread.start();
	}

	private Archive expect() throws IOException {
		List<Element> elements = this.classPath.elements();
		MessageDigest digest = digest();
		for (String part : List.of(FORMAT, this.java.home().toString(), this.java.identity(),
				System.getProperty("os.arch", ""), this.options.shapingArchives().toString(),
				this.rehearsals.toString())) {
			digest.update((part + "\n").getBytes(StandardCharsets.UTF_8));
		}
		FlatClassPath.of(elements, Path.of("")).addTo(digest);
		String key = HexFormat.of().formatHex(digest.digest()).substring(0, KEY_LENGTH);
		Path directory = this.cache.directory(key);
		return new Archive(directory, FlatClassPath.of(elements, directory), isAot());
	}

	private boolean isAot() {
		return this.java.feature() >= AOT_FEATURE;
	}

	private static MessageDigest digest() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-256", ex);
		}
	}

	private synchronized boolean use(Archive archive) {
		this.user = ArchiveCache.use(archive.directory());
		if (this.user == null) {
			return false;
		}
		this.touched = System.nanoTime();
		this.state = State.READY;
		return true;
	}

	private void touch(Archive archive) {
		long now = System.nanoTime();
		if (now - this.touched > TOUCH_NANOS) {
			this.touched = now;
			try {
				ArchiveCache.touch(archive.directory());
			}
			catch (IOException ex) {
				// at worst it is removed too early, and made again
			}
		}
	}

	private void make(Archive archive) {
		try {
			if (this.closed.await(this.delay.toNanos(), TimeUnit.NANOSECONDS)) {
				return;
			}
			long started = System.nanoTime();
			this.cache.make(archive.directory());
			if (!makeAlone(archive)) {
				become(State.ELSEWHERE);
				return;
			}
			if (use(archive)) {
				logger.info(
						"Pool '{}': its child JVMs start faster from now on, by an archive of classes ({}, made in {} ms): '{}'",
						this.pool, ByteSize.format(Files.size(archive.file())),
						TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started), archive.file());
			}
			this.cache.prune();
		}
		catch (IOException | RuntimeException ex) {
			if (this.closed.getCount() > 0) {
				stop((ex.getMessage() != null) ? ex.getMessage() : ex.toString(), ex);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Sees that not every JVM makes the same archive at once. Should two do so all the
	 * same, they write the same.
	 * @return whether the archive is there now; if not, somebody else is making it
	 */
	private boolean makeAlone(Archive archive) throws IOException, InterruptedException {
		try (FileChannel channel = FileChannel.open(archive.directory().resolve("lock"), StandardOpenOption.CREATE,
				StandardOpenOption.WRITE); FileLock lock = channel.tryLock()) {
			if (lock == null) {
				return false;
			}
			if (!archive.isComplete() || !archive.classPath().isComplete()) {
				archive.classPath().layOut();
				train(archive);
			}
			return true;
		}
		catch (OverlappingFileLockException ex) {
			return false;
		}
	}

	private void train(Archive archive) throws IOException, InterruptedException {
		Path work = Files.createTempDirectory(archive.directory(), "work-");
		try {
			Path made = work.resolve("archive");
			if (isAot()) {
				Path configuration = work.resolve("configuration");
				rehearse(work, archive, "-XX:AOTMode=record", "-XX:AOTConfiguration=" + configuration);
				run(work, List.of("-XX:AOTMode=create", "-XX:AOTConfiguration=" + configuration, "-XX:AOTCache=" + made,
						"-cp", archive.classPath().joined()), (peer) -> {
						});
			}
			else {
				rehearse(work, archive, "-XX:ArchiveClassesAtExit=" + made);
			}
			if (!Files.isRegularFile(made)) {
				throw new IOException("the JVM made none" + lastWords(work));
			}
			Files.move(made, archive.file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
			Path marker = Files.writeString(work.resolve("complete"), Long.toString(Files.size(archive.file())));
			Files.move(marker, archive.marker(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
		}
		finally {
			PoolDirectory.deleteTree(work);
		}
	}

	private void rehearse(Path work, Archive archive, String... archiving) throws IOException, InterruptedException {
		try (RehearsalParent parent = new RehearsalParent(work)) {
			List<String> arguments = new ArrayList<>(List.of(archiving));
			arguments.addAll(List.of("-cp", archive.classPath().joined(), TRAINING, parent.address(), parent.token()));
			arguments.addAll(this.rehearsals);
			run(work, arguments, parent::play);
		}
	}

	private void run(Path work, List<String> rest, Conversation conversation) throws IOException, InterruptedException {
		Path arguments = work.resolve("arguments");
		List<String> all = new ArrayList<>(JvmOptions.filesOf(work));
		all.addAll(this.options.all());
		all.addAll(rest);
		ArgumentFile.write(arguments, all);
		List<String> command = new ArrayList<>(Niceness.prefix(Niceness.LEAST_URGENT));
		command.add(this.java.executable().toString());
		command.add("@" + arguments);
		ProcessBuilder builder = new ProcessBuilder(command).redirectInput(ChildLauncher.NULL_DEVICE)
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(work.resolve("output").toFile()));
		String mark = UUID.randomUUID().toString();
		new ChildEnvironment(ProcessIdentity.current(), mark, work).applyTo(builder.environment(), Map.of(), Map.of());
		Process process = ProcessStart.start(builder);
		this.training = process;
		try {
			long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TRAINING_SECONDS);
			IOException broken = converse(conversation, process, end);
			if (this.closed.getCount() == 0 || !process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
				throw new IOException("the child that makes it took more than " + TRAINING_SECONDS + " s", broken);
			}
			if (process.exitValue() != 0) {
				throw new IOException(
						"the child that makes it ended with exit code " + process.exitValue() + lastWords(work),
						broken);
			}
		}
		finally {
			process.destroyForcibly();
			ProcessTree.killMarked(ChildEnvironment.MARK, mark);
			this.training = null;
		}
	}

	/**
	 * Goes through a conversation with a child.
	 * @return what broke it off, which the child's end may tell more of
	 */
	private static @Nullable IOException converse(Conversation conversation, Process process, long end) {
		try {
			conversation.with(() -> {
				if (!process.isAlive() || System.nanoTime() - end > 0) {
					throw new ChannelClosedException();
				}
			});
			return null;
		}
		catch (IOException ex) {
			return ex;
		}
	}

	private static String lastWords(Path work) {
		List<String> lines = ControlGroup.lines(work.resolve("output"));
		return lines.isEmpty() ? "" : ": " + lines.get(lines.size() - 1);
	}

	/**
	 * Gives an archive up because a child that was launched with it didn't come up. It is
	 * removed, as it would harm the next start of the application too.
	 * @param archive the archive
	 */
	synchronized void distrust(Archive archive) {
		if (this.state == State.READY) {
			stop("a child failed to start with '%s'".formatted(archive.file()), null);
			try {
				Files.deleteIfExists(archive.marker());
			}
			catch (IOException ex) {
				logger.debug("Can't delete '{}'", archive.marker(), ex);
			}
		}
	}

	private synchronized void become(State state) {
		this.state = state;
	}

	private void stop(String reason, @Nullable Exception ex) {
		become(State.OFF);
		logger.info("Pool '{}': its child JVMs start without an archive of classes: {}", this.pool, reason);
		if (ex != null) {
			logger.debug("Why there is no archive of classes", ex);
		}
	}

	/**
	 * Stops making an archive, and lets the cache remove the one in use.
	 */
	@Override
	public void close() {
		this.closed.countDown();
		Process process = this.training;
		if (process != null) {
			process.destroyForcibly();
		}
		Thread maker;
		Path user;
		synchronized (this) {
			maker = this.maker;
			user = this.user;
			this.state = State.OFF;
		}
		try {
			if (maker != null) {
				maker.join(CLOSE_MILLIS);
			}
			if (user != null) {
				Files.deleteIfExists(user);
			}
		}
		catch (IOException ex) {
			logger.debug("Can't delete '{}'", user, ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * What a child that makes an archive is told, and answers.
	 */
	@FunctionalInterface
	private interface Conversation {

		void with(SharedRing.Peer child) throws IOException;

	}

	private enum State {

		/** Nobody has asked yet. */
		NEW,

		/** This JVM is about to make the archive. */
		MAKING,

		/** Another JVM, or another pool of this one, makes it. */
		ELSEWHERE,

		/** There is one. */
		READY,

		/** There is none, and won't be. */
		OFF

	}

	/**
	 * An archive, made or to be made.
	 *
	 * @param directory where all of it lies
	 * @param classPath the class path that goes with it
	 * @param aot whether it is an AOT cache
	 */
	record Archive(Path directory, FlatClassPath classPath, boolean aot) {

		Path file() {
			return this.directory.resolve(this.aot ? "classes.aot" : "classes.jsa");
		}

		/**
		 * Written last, so that a half-made archive is not taken for one.
		 */
		Path marker() {
			return this.directory.resolve("complete");
		}

		boolean isComplete() {
			try {
				return Files.readString(this.marker()).equals(Long.toString(Files.size(file())));
			}
			catch (IOException | UncheckedIOException ex) {
				return false;
			}
		}

		/**
		 * What a child's command needs to start from the archive.
		 */
		String option() {
			return (this.aot ? "-XX:AOTCache=" : "-XX:SharedArchiveFile=") + file();
		}

	}

}
