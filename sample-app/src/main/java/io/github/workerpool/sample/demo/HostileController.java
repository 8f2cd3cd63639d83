package io.github.workerpool.sample.demo;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;

import io.github.workerpool.TaskOptions;
import io.github.workerpool.WorkerPool;
import io.github.workerpool.sample.InvalidInputException;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * What hostile work costs where workers are child JVMs: one failed request.
 */
@RestController
class HostileController {

	private static final List<String> NAMES = Arrays.stream(HostileTask.values())
		.map((task) -> task.name().toLowerCase(Locale.ROOT))
		.toList();

	/** With the one that never ends; the others end by themselves. */
	private static final Duration PATIENCE = Duration.ofSeconds(2);

	private final WorkerPool pool;

	HostileController(@Qualifier("images") WorkerPool pool) {
		this.pool = pool;
	}

	@GetMapping("/demo/hostile/{name}")
	CompletionStage<String> run(@PathVariable String name) {
		if (!NAMES.contains(name)) {
			throw new InvalidInputException("'" + name + "' is none of " + NAMES);
		}
		HostileTask task = HostileTask.named(name);
		TaskOptions options = TaskOptions.none().withName("hostile-" + name);
		return this.pool.submit(task, (task == HostileTask.SPIN) ? options.withTimeout(PATIENCE) : options);
	}

}
