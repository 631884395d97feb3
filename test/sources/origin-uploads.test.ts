import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { createOrigin } from "../../src/sources/origin.ts";
import { type Behaviour, faults, good } from "../helpers/faults.ts";
import { ask, type CreateSource, read, withFault, withOrigin } from "../helpers/source.ts";

const create: CreateSource = (origin, timeouts) => createOrigin({ origin, timeouts });

const MIB = 1024 * 1024;

/** A body of 64 MiB that counts what was taken of it. */
function largeBody(): { readonly body: Readable; taken(): number } {
  let taken = 0;
  const pieces = function* () {
    for (let i = 0; i < 64; i += 1) {
      taken += MIB;
      yield Buffer.alloc(MIB);
    }
  };
  return { body: Readable.from(pieces(), { objectMode: false }), taken: () => taken };
}

const stopsReading: Behaviour = (socket) => void socket.pause();

test("a body is taken no faster than the origin takes it, and not for ever", async () => {
  const { origin, source } = await withFault(create, stopsReading, { idleMs: 200 });
  const { body, taken } = largeBody();
  await expect(ask(source, { method: "PUT", body })).rejects.toMatchObject({
    fault: "idle-timeout",
  });
  expect(taken()).toBeLessThan(32 * MIB);
  expect(origin.requests).toHaveLength(1);
});

test("a body arrives whole, however large", async () => {
  const { origin, source } = await withOrigin(create);
  const { body } = largeBody();
  await read(await ask(source, { method: "PUT", body }));
  expect(origin.requests[0]?.body).toHaveLength(64 * MIB);
});

test("a client that is slow to send is no fault of the origin", async () => {
  const { origin, source } = await withOrigin(create, { idleMs: 100 });
  const body = new PassThrough();
  const answer = ask(source, { method: "PUT", body });
  body.write("slowly");
  await new Promise((resolve) => setTimeout(resolve, 300));
  body.end();
  await read(await answer);
  expect(origin.requests[0]?.body.toString()).toBe("slowly");
});

test("the limit for the head begins when the body has been sent", async () => {
  const { source } = await withFault(create, faults.hang, { firstByteMs: 100 });
  const body = Readable.from([Buffer.from("body")]);
  await expect(ask(source, { method: "POST", body })).rejects.toMatchObject({
    fault: "first-byte-timeout",
  });
});

test("a response that comes before the body has ended is a response, and ends the sending", async () => {
  const { origin, source } = await withFault(create, good("enough"));
  const body = new PassThrough();
  body.write("half");
  const response = await ask(source, { method: "POST", body });
  expect((await read(response)).toString()).toBe("enough");
  await origin.deserted();
  expect(body.destroyed).toBe(false);
});

test("an origin that answers and then stops reading holds no connection of ours", async () => {
  const sockets = () =>
    process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  const { source } = await withFault(create, (socket, request) => {
    good("enough")(socket, request);
    socket.pause();
  });
  const before = sockets();
  const { body } = largeBody();
  const response = await ask(source, { method: "PUT", body });
  await expect.poll(() => body.isPaused()).toBe(true);
  expect((await read(response)).toString()).toBe("enough");
  // The origin's end of it, which reads no more and so learns of nothing.
  await expect.poll(sockets).toBe(before + 1);
});

test("a body that broke before the connection stood is given up", async () => {
  const { origin, source } = await withOrigin(create);
  const body = new PassThrough();
  const answer = ask(source, { method: "POST", body });
  body.destroy(new Error("gone at once"));
  await expect(answer).rejects.toMatchObject({ fault: "aborted" });
  expect(origin.requests).toHaveLength(0);
});
