import { ReplyError } from "ioredis";
import { expect, test, vi } from "vitest";
import { StoreAwayError } from "../../src/redis/away.ts";
import { type BreakerState, createBreaker } from "../../src/redis/breaker.ts";

/** A server that answers or not, and counts how often it is asked. */
function openBreaker() {
  const server = { answers: true, asked: 0, probed: 0 };
  const breaker = createBreaker({
    probe: async () => {
      server.probed += 1;
      if (!server.answers) throw new StoreAwayError("gone");
    },
    failuresToOpen: 3,
    probeEveryMs: 250,
  });
  const states: BreakerState[] = [];
  breaker.onChange((state) => void states.push(state));
  const command = async () => {
    server.asked += 1;
    if (!server.answers) throw new StoreAwayError("gone");
    return "reply";
  };
  const run = () => breaker.run(command).catch((failure: Error) => failure);
  return { server, breaker, states, run, [Symbol.dispose]: () => breaker.close() };
}

test("failures in a row open it, and then commands fail without being run", async () => {
  using b = openBreaker();
  expect(await b.run()).toBe("reply");
  b.server.answers = false;
  for (let i = 0; i < 10; i++) expect(await b.run()).toBeInstanceOf(StoreAwayError);
  expect(b.server.asked).toBe(1 + 3);
  expect(b.breaker.state).toBe("open");
});

test("failures that are not in a row do not open it", async () => {
  using b = openBreaker();
  for (let i = 0; i < 10; i++) {
    b.server.answers = i % 3 === 2;
    await b.run();
  }
  expect(b.states).toEqual([]);
});

test("an error reply is an answer: it neither opens it nor counts", async () => {
  using b = openBreaker();
  const refuse = () => Promise.reject(new ReplyError("OOM command not allowed"));
  for (let i = 0; i < 10; i++) await expect(b.breaker.run(refuse)).rejects.toThrow("OOM");
  expect(b.breaker.state).toBe("closed");
  b.server.answers = false;
  await b.run();
  await b.run();
  await expect(b.breaker.run(refuse)).rejects.toThrow("OOM");
  await b.run();
  expect(b.breaker.state).toBe("closed");
});

test("while open it probes from time to time, and closes when the server answers", async () => {
  vi.useFakeTimers();
  try {
    using b = openBreaker();
    b.server.answers = false;
    for (let i = 0; i < 3; i++) await b.run();
    await vi.advanceTimersByTimeAsync(1_010);
    expect(b.server.probed).toBe(4);
    b.server.answers = true;
    await vi.advanceTimersByTimeAsync(250);
    expect(b.breaker.state).toBe("closed");
    expect(b.states.slice(-3)).toEqual(["open", "half-open", "closed"]);
    expect(await b.run()).toBe("reply");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(b.server.probed).toBe(5);
  } finally {
    vi.useRealTimers();
  }
});

test("a probe by hand opens it at once, or closes it at once", async () => {
  using b = openBreaker();
  b.server.answers = false;
  expect(await b.breaker.probe()).toBe(false);
  expect(b.breaker.state).toBe("open");
  b.server.answers = true;
  expect(await Promise.all([b.breaker.probe(), b.breaker.probe()])).toEqual([true, true]);
  expect(b.breaker.state).toBe("closed");
  expect(b.server.probed).toBe(2);
});

test("a command that fails late, when it has closed again, counts as one failure", async () => {
  using b = openBreaker();
  let fail: (failure: Error) => void = () => {};
  const late = b.breaker.run(
    () =>
      new Promise((_, reject) => {
        fail = reject;
      }),
  );
  b.server.answers = false;
  for (let i = 0; i < 3; i++) await b.run();
  b.server.answers = true;
  await b.breaker.probe();
  fail(new StoreAwayError("late"));
  await expect(late).rejects.toThrow("late");
  expect(b.breaker.state).toBe("closed");
});
