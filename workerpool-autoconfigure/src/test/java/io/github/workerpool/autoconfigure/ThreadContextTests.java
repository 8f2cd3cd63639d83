package io.github.workerpool.autoconfigure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.github.workerpool.core.TaskContext.Captured;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.MDC;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.context.i18n.LocaleContextThreadLocalAccessor;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderThreadLocalAccessor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ThreadContext} and the values it carries.
 */
@ExtendWith(OutputCaptureExtension.class)
class ThreadContextTests {

	private final ExecutorService worker = Executors.newSingleThreadExecutor();

	private final ThreadLocal<String> tenant = new ThreadLocal<>();

	private final ContextRegistry registry = new ContextRegistry();

	@AfterEach
	void cleanUp() {
		this.worker.shutdownNow();
		this.tenant.remove();
		MDC.clear();
		LocaleContextHolder.resetLocaleContext();
		SecurityContextHolder.clearContext();
	}

	@Test
	void nothingIsCapturedWhereNothingIsBound() {
		assertThat(builtIn().capture()).isNull();
		assertThat(registered().capture()).isNull();
		assertThat(ThreadContext.create(getClass().getClassLoader()).capture()).isNull();
	}

	@Test
	void diagnosticContextTravelsAndIsRemoved() throws Exception {
		MDC.put("user", "ada");
		Captured captured = captured(builtIn());
		MDC.put("user", "later");
		assertThat(onWorker(() -> captured.call(() -> MDC.get("user")))).isEqualTo("ada");
		assertThat(onWorker(() -> MDC.get("user"))).isNull();
	}

	@Test
	void emptyDiagnosticContextIsNotCarried() {
		MDC.put("user", "ada");
		MDC.remove("user");
		assertThat(builtIn().capture()).isNull();
	}

	@Test
	void localeTravelsAndIsRemoved() throws Exception {
		LocaleContextHolder.setLocale(Locale.forLanguageTag("fi-FI"));
		Captured captured = captured(builtIn());
		assertThat(onWorker(() -> captured.call(() -> LocaleContextHolder.getLocale().toLanguageTag())))
			.isEqualTo("fi-FI");
		assertThat(onWorker(LocaleContextHolder::getLocaleContext)).isNull();
	}

	@Test
	void securityContextTravelsAndIsRemoved() throws Exception {
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("ada", "secret"));
		Captured captured = captured(builtIn());
		assertThat(onWorker(() -> captured.call(this::user))).isEqualTo("ada");
		assertThat(onWorker(this::user)).isNull();
	}

	@Test
	void whatTheWorkerHadIsThereAgain() throws Exception {
		MDC.put("user", "ada");
		LocaleContextHolder.setLocale(Locale.FRENCH);
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("ada", "secret"));
		this.tenant.set("one");
		registerTenant();
		Captured captured = captured(registered());
		onWorker(() -> {
			MDC.put("user", "worker");
			LocaleContextHolder.setLocale(Locale.GERMAN);
			SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("worker", "secret"));
			this.tenant.set("two");
			assertThat(captured.call(this::everything)).containsExactly("ada", "fr", "ada", "one");
			return null;
		});
		assertThat(onWorker(this::everything)).containsExactly("worker", "de", "worker", "two");
	}

	@Test
	void contextIsRemovedAfterAnErrorAndTheErrorIsItself() throws Exception {
		MDC.put("user", "ada");
		Captured captured = captured(builtIn());
		IOException error = new IOException("boom");
		onWorker(() -> {
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> captured.call(() -> {
				throw error;
			})).isSameAs(error);
			assertThat(MDC.get("user")).isNull();
			return null;
		});
	}

	@Test
	void registeredAccessorTravels() throws Exception {
		registerTenant();
		this.tenant.set("one");
		Captured captured = captured(registered());
		assertThat(onWorker(() -> captured.call(this.tenant::get))).isEqualTo("one");
		assertThat(onWorker(this.tenant::get)).isNull();
	}

	@Test
	void accessorsMayComeAndGo() {
		ThreadContext context = registered();
		this.tenant.set("one");
		assertThat(context.capture()).isNull();
		registerTenant();
		assertThat(context.capture()).isNotNull();
		this.registry.removeThreadLocalAccessor("tenant");
		assertThat(context.capture()).isNull();
	}

	@Test
	void registeredAccessorTakesThePlaceOfTheBuiltInOneOfItsKey() throws Exception {
		List<String> calls = new ArrayList<>();
		this.registry.registerThreadLocalAccessor(MdcBound.KEY, () -> "mine", calls::add, () -> calls.add("removed"));
		MDC.put("user", "ada");
		Captured captured = captured(registered());
		assertThat(onWorker(() -> captured.call(() -> MDC.get("user")))).isNull();
		assertThat(calls).containsExactly("mine", "mine");
	}

	@Test
	void keysAreThoseOfTheLibrariesOwnAccessors() {
		assertThat(new MdcBound().key()).isEqualTo(new Slf4jThreadLocalAccessor().key());
		assertThat(new LocaleBound().key()).isEqualTo(new LocaleContextThreadLocalAccessor().key());
		assertThat(new SecurityBound().key()).isEqualTo(new SecurityContextHolderThreadLocalAccessor().key());
	}

	@Test
	void accessorThatThrowsIsReportedOnceAndCostsNoTask(CapturedOutput output) throws Exception {
		this.registry.registerThreadLocalAccessor("broken", () -> {
			throw new IllegalStateException("no value");
		}, (value) -> {
		}, () -> {
		});
		this.registry.registerThreadLocalAccessor("unsettable", () -> "value", (value) -> {
			throw new IllegalStateException("read-only");
		}, () -> {
		});
		ThreadContext context = registered();
		MDC.put("user", "ada");
		for (int i = 0; i < 3; i++) {
			Captured captured = captured(context);
			assertThat(onWorker(() -> captured.call(() -> MDC.get("user")))).isEqualTo("ada");
			assertThat(onWorker(() -> MDC.get("user"))).isNull();
		}
		assertThat(output.getOut().split("Context value 'broken' can't be read", -1)).hasSize(2);
		assertThat(output.getOut().split("Context value 'unsettable' can't be set", -1)).hasSize(2);
	}

	private void registerTenant() {
		this.registry.registerThreadLocalAccessor("tenant", this.tenant);
	}

	private ThreadContext builtIn() {
		List<ThreadBound<?>> bounds = bounds();
		return new ThreadContext(() -> bounds);
	}

	private ThreadContext registered() {
		return new ThreadContext(new RegisteredBounds(this.registry, bounds()));
	}

	private static List<ThreadBound<?>> bounds() {
		return List.of(new MdcBound(), new LocaleBound(), new SecurityBound());
	}

	private static Captured captured(ThreadContext context) {
		Captured captured = context.capture();
		assertThat(captured).isNotNull();
		return captured;
	}

	private @Nullable String user() {
		var authentication = SecurityContextHolder.getContext().getAuthentication();
		return (authentication != null) ? authentication.getName() : null;
	}

	private List<String> everything() {
		return List.of(MDC.get("user"), LocaleContextHolder.getLocale().getLanguage(), String.valueOf(user()),
				this.tenant.get());
	}

	private <T> T onWorker(Callable<T> body) throws Exception {
		return this.worker.submit(body).get(30, TimeUnit.SECONDS);
	}

}
