package io.github.workerpool.sample;

import java.util.HashMap;
import java.util.Map;

import io.github.workerpool.WorkerPools;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.mock.web.MockMultipartFile;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the whole application without a server: what it refuses, and where work runs.
 */
@SpringBootTest
@AutoConfigureMockMvc
class SampleApplicationTests {

	@Autowired
	private MockMvcTester mvc;

	@Autowired
	private WorkerPools pools;

	@Test
	void poolsAreThoseOfTheConfiguration() {
		assertThat(this.pools.names()).containsExactly("data", "images", "math", "passwords");
		assertThat(this.pools.getDefault().name()).isEqualTo("math");
	}

	@Test
	void workRunsOnAWorkerOfItsPool() throws Exception {
		MvcTestResult result = this.mvc.get().uri("/fibonacci/20").exchange();
		assertThat(result).hasStatusOk().bodyJson().extractingPath("$.result").isEqualTo(6765);
		JsonNode worker = json(result).get("worker");
		assertThat(this.pools.get("math").snapshot().workerList()).extracting("id").contains(worker.asString());
	}

	@Test
	void modelIsTrainedOncePerWorker() throws Exception {
		Map<String, String> trained = new HashMap<>();
		for (int request = 0; request < 20; request++) {
			JsonNode forecast = json(this.mvc.get().uri("/weather/predict?month=7&tempMax=30").exchange());
			String trainedAt = forecast.get("trainedAt").asString();
			assertThat(trained.merge(forecast.get("worker").asString(), trainedAt, (first, second) -> first))
				.isEqualTo(trainedAt);
			assertThat(forecast.get("weather").asString()).isEqualTo("sun");
		}
		assertThat(trained).isNotEmpty();
	}

	@Test
	void oneBadImageOfABatchCostsOnlyItself() throws Exception {
		byte[] photograph = SampleApplicationTests.class.getResourceAsStream("/data/hubble_deep_field.jpg")
			.readAllBytes();
		MvcTestResult result = this.mvc.post()
			.uri("/images/batch?width=50")
			.multipart()
			.file(new MockMultipartFile("image", "good.jpg", "image/jpeg", photograph))
			.file(new MockMultipartFile("image", "bad.jpg", "image/jpeg", new byte[] { 1, 2, 3 }))
			.file(new MockMultipartFile("image", "better.jpg", "image/jpeg", photograph))
			.exchange();
		assertThat(result).hasStatusOk();
		JsonNode entries = json(result);
		assertThat(entries.size()).isEqualTo(3);
		assertThat(entries.get(0).get("width").asInt()).isEqualTo(50);
		assertThat(entries.get(0).get("height").asInt()).isEqualTo(44);
		assertThat(entries.get(1).get("name").asString()).isEqualTo("bad.jpg");
		assertThat(entries.get(1).get("error").asString()).contains("JPEG, PNG");
		assertThat(entries.get(1).has("width")).isFalse();
		assertThat(entries.get(2).get("width").asInt()).isEqualTo(50);
	}

	@Test
	void oneWorkerAloneLosesNothing() {
		MvcTestResult result = this.mvc.get().uri("/demo/counter?workers=1&increments=1000").exchange();
		assertThat(result).hasStatusOk();
		assertThat(result).bodyJson().extractingPath("$.thread").isEqualTo(1000);
		assertThat(result).bodyJson().extractingPath("$.process").isEqualTo(1000);
		assertThat(result).bodyJson().extractingPath("$.unsynchronized").isEqualTo(1000);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = { "/fibonacci/46 | from 0 to 45",
			"/fibonacci/-1 | from 0 to 45", "/fibonacci/ten | 'n'", "/primes | 'upTo'", "/primes?upTo=-1 | from 0",
			"/primes?upTo=1000000001 | to 1000000000", "/primes?upTo=99999999999 | 'upTo'", "/sort?n=0 | from 1",
			"/sort?n=20000001 | to 20000000", "/weather/predict?tempMax=20 | 'month'",
			"/weather/predict?month=5 | 'tempMax'", "/weather/predict?month=13&tempMax=20 | from 1 to 12",
			"/weather/predict?month=5&tempMax=NaN | 'tempMax'", "/weather/predict?month=5&tempMax=99 | from -90 to 60",
			"/demo/speedup?tasks=0 | from 1 to 100", "/demo/speedup?tasks=101 | from 1 to 100",
			"/demo/counter?workers=0 | 'workers' must be from 1 to 8",
			"/demo/counter?workers=9 | 'workers' must be from 1 to 8", "/demo/counter?workers=many | 'workers'",
			"/demo/counter?increments=0 | 'increments' must be from 1 to 10000000",
			"/demo/counter?increments=10000001 | 'increments' must be from 1 to 10000000",
			"/demo/transfer?mebibytes=0 | 'mebibytes' must be from 1 to 64",
			"/demo/transfer?mebibytes=65 | 'mebibytes' must be from 1 to 64",
			"/demo/transfer?mebibytes=1.5 | 'mebibytes'" })
	void badParametersAreRefusedInWords(String uri, String detail) {
		assertRefused(this.mvc.get().uri(uri).exchange(), detail);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', nullValues = "none",
			value = { "/images/resize?width=10 | image/jpeg | none | JPEG, PNG, GIF, BMP, TIFF",
					"/images/resize?width=10 | image/jpeg | text | JPEG, PNG, GIF, BMP, TIFF",
					"/images/resize | image/jpeg | text | 'width'",
					"/images/resize?width=10&format=webp | image/jpeg | text | 'webp'",
					"/images/resize?width=10&fit=stretch | image/jpeg | text | 'contain'",
					"/csv/summary | text/csv | none | CSV", "/json/summary | application/json | none | JSON",
					"/json/summary | application/json | {} | array", "/compress | text/plain | none | bytes",
					"/compress?format=zip | text/plain | x | 'gzip'", "/passwords | application/json | none | body",
					"/passwords | application/json | { | body", "/passwords | application/json | {} | 'password'",
					"/passwords | application/json | {\"password\":\"\"} | 'password'" })
	void badBodiesAreRefusedInWords(String uri, String type, String body, String detail) {
		MvcTestResult result = this.mvc.post()
			.uri(uri)
			.contentType(type)
			.content((body != null) ? body : "")
			.exchange();
		assertRefused(result, detail);
	}

	@Test
	void passwordsThatBcryptWouldCutAreRefused() {
		MvcTestResult fits = password("ä".repeat(36));
		assertThat(fits).hasStatusOk().bodyJson().extractingPath("$.hash").asString().startsWith("$2a$10$");
		assertRefused(password("ä".repeat(36) + "x"), "73 bytes");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/images/resize?width=10", "/images/batch" })
	void multipartBodyWithoutImageIsRefused(String uri) {
		MvcTestResult result = this.mvc.post()
			.uri(uri)
			.multipart()
			.file(new MockMultipartFile("picture", new byte[] { 1 }))
			.exchange();
		assertRefused(result, "named 'image'");
	}

	@Test
	void bodyThatIsTooLargeIsRefused() {
		MvcTestResult result = this.mvc.post()
			.uri("/compress")
			.contentType(MediaType.APPLICATION_OCTET_STREAM)
			.content(new byte[20 * 1024 * 1024 + 1])
			.exchange();
		assertThat(result).hasStatus(HttpStatus.CONTENT_TOO_LARGE).hasContentType(MediaType.APPLICATION_PROBLEM_JSON);
	}

	@Test
	void wrongMediaTypeIsRefused() {
		assertThat(this.mvc.post().uri("/csv/summary").contentType(MediaType.APPLICATION_JSON).content("[]"))
			.hasStatus(HttpStatus.UNSUPPORTED_MEDIA_TYPE)
			.hasContentType(MediaType.APPLICATION_PROBLEM_JSON);
	}

	private MvcTestResult password(String password) {
		return this.mvc.post()
			.uri("/passwords")
			.contentType(MediaType.APPLICATION_JSON)
			.content("{\"password\":\"" + password + "\"}")
			.exchange();
	}

	private static JsonNode json(MvcTestResult result) throws Exception {
		return JsonMapper.shared().readTree(result.getResponse().getContentAsByteArray());
	}

	private static void assertRefused(MvcTestResult result, String detail) {
		assertThat(result).hasStatus(HttpStatus.BAD_REQUEST).hasContentType(MediaType.APPLICATION_PROBLEM_JSON);
		assertThat(result).bodyJson().extractingPath("$.detail").asString().contains(detail);
	}

}
