package io.github.workerpool.actuate;

import java.util.Set;
import java.util.function.Supplier;

import io.github.workerpool.actuate.WorkerPoolEndpoint.PoolDescriptor;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/**
 * {@link WorkerPoolEndpoint} in the terms of HTTP: who may see secret values, what status
 * an outcome has, and why a request was refused.
 *
 * @since 0.1.0
 */
@EndpointWebExtension(endpoint = WorkerPoolEndpoint.class)
public class WorkerPoolEndpointWebExtension {

	private final WorkerPoolEndpoint delegate;

	private final Show showValues;

	private final Set<String> roles;

	/**
	 * Makes an extension.
	 * @param delegate does the work
	 * @param showValues when to show values of settings that may be secret
	 * @param roles roles of those who may see them; empty for everybody authenticated
	 */
	public WorkerPoolEndpointWebExtension(WorkerPoolEndpoint delegate, Show showValues, Set<String> roles) {
		this.delegate = delegate;
		this.showValues = showValues;
		this.roles = Set.copyOf(roles);
	}

	/**
	 * Shows one pool in detail.
	 * @param securityContext who asks
	 * @param pool name of the pool
	 * @return the pool; 404 if it is unknown
	 */
	@ReadOperation
	public WebEndpointResponse<Object> pool(SecurityContext securityContext, @Selector String pool) {
		boolean showUnsanitized = this.showValues.isShown(securityContext, this.roles);
		return respond(pool, () -> this.delegate.pool(pool, showUnsanitized));
	}

	/**
	 * Acts on a pool, or changes its size.
	 * @param pool name of the pool
	 * @param action what to do
	 * @param minSize new minimum size, if there is no action
	 * @param maxSize new maximum size, if there is no action
	 * @return the pool afterwards; 404 if it is unknown, 400 if the request makes no
	 * sense, 409 if the pool can't do it now
	 */
	@WriteOperation
	public WebEndpointResponse<Object> change(@Selector String pool, @Nullable String action, @Nullable Integer minSize,
			@Nullable Integer maxSize) {
		return respond(pool, () -> this.delegate.change(pool, action, minSize, maxSize));
	}

	/**
	 * Cancels a task.
	 * @param pool name of the pool
	 * @param taskId id of the task
	 * @return 204; 404 if there is no such task
	 */
	@DeleteOperation
	public WebEndpointResponse<Object> cancel(@Selector String pool, @Selector String taskId) {
		if (this.delegate.cancel(pool, taskId)) {
			return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NO_CONTENT);
		}
		return problem(WebEndpointResponse.STATUS_NOT_FOUND,
				"Pool '" + pool + "' has no task '" + taskId + "' that waits or runs");
	}

	private static WebEndpointResponse<Object> respond(String pool, Supplier<@Nullable PoolDescriptor> operation) {
		try {
			PoolDescriptor descriptor = operation.get();
			return (descriptor != null) ? new WebEndpointResponse<>(descriptor)
					: problem(WebEndpointResponse.STATUS_NOT_FOUND, "There is no pool '" + pool + "'");
		}
		catch (InvalidEndpointRequestException ex) {
			return problem(WebEndpointResponse.STATUS_BAD_REQUEST, ex.getReason());
		}
		catch (IllegalStateException ex) {
			return problem(409, ex.getMessage());
		}
	}

	private static WebEndpointResponse<Object> problem(int status, @Nullable String message) {
		return new WebEndpointResponse<>(new ProblemDescriptor(status, message), status);
	}

	/**
	 * Why a request was refused.
	 *
	 * @param status the status of the response
	 * @param message why, in words
	 */
	public record ProblemDescriptor(int status, @Nullable String message) implements OperationResponseBody {

	}

}
