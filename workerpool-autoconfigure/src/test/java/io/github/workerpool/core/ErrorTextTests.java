package io.github.workerpool.core;

import java.io.IOException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ErrorTextTests {

	private final Throwable evil = new RestartTests.EvilException();

	@Test
	void soundErrorsSpeakForThemselves() {
		IOException error = new IOException("why", new IllegalStateException("deeper"));
		error.addSuppressed(new RuntimeException("beside"));
		assertThat(ErrorText.of(error)).isEqualTo(error.toString());
		assertThat(ErrorText.canSpeak(error)).isTrue();
		assertThat(ErrorText.loggable(error)).isSameAs(error);
		assertThat(ErrorText.of(null)).isEqualTo("null");
		assertThat(ErrorText.loggable(null)).isNull();
	}

	@Test
	void errorsThatThrowWhenAskedAreNamed() {
		assertThat(ErrorText.of(this.evil)).isEqualTo(RestartTests.EvilException.class.getName());
		assertThat(ErrorText.canSpeak(this.evil)).isFalse();
		assertThat(ErrorText.loggable(this.evil)).isNotSameAs(this.evil)
			.hasMessageContaining(RestartTests.EvilException.class.getName())
			.hasStackTraceContaining("ErrorTextTests");
	}

	@Test
	void errorsThatHideOneThatThrowsAreNotLoggedAsTheyAre() {
		assertThat(ErrorText.loggable(new IllegalStateException("outer", this.evil))).hasMessageContaining("outer");
		IllegalStateException with = new IllegalStateException("with");
		with.addSuppressed(this.evil);
		assertThat(ErrorText.loggable(with)).isNotSameAs(with).hasMessageContaining("with");
	}

	@Test
	void cyclesEnd() {
		RuntimeException one = new RuntimeException("one");
		RuntimeException two = new RuntimeException("two", one);
		one.initCause(two);
		assertThat(ErrorText.loggable(one)).isSameAs(one);
	}

	@Test
	void errorsThatCannotEvenGiveTheirStackAreStillNamed() {
		RuntimeException hollow = new RuntimeException() {

			@Override
			public String toString() {
				throw new StackOverflowError();
			}

			@Override
			public StackTraceElement[] getStackTrace() {
				throw new IllegalStateException();
			}

			@Override
			public synchronized Throwable getCause() {
				throw new IllegalStateException();
			}

		};
		assertThat(ErrorText.loggable(hollow)).hasMessageContaining(hollow.getClass().getName());
	}

}
