/** What a source makes of an origin that fails or lies, and how it is given up. */
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import type { SourceFault } from "../../src/errors.ts";
import { refusingUrl, startUnconnectable } from "../helpers/fault-origin.ts";
import { type Behaviour, faults, good, hugeBody, sends, trickle } from "../helpers/faults.ts";
import { ask, type CreateSource, PATIENT, read, withFault, withOrigin } from "../helpers/source.ts";

const BEFORE_HEAD: [name: string, fault: SourceFault, behaviour: Behaviour][] = [
  ["ends the connection without a word", "reset", faults.fin],
  ["resets the connection without a word", "reset", faults.reset],
  ["ends the connection in the head", "reset", faults.finInHead],
  ["resets the connection in the head", "reset", faults.resetInHead],
  ["sends rubbish", "malformed", faults.rubbish],
  ["sends a body without a head", "malformed", faults.http09],
  ["claims to speak HTTP/2.0", "malformed", faults.http2],
  ["puts NUL into a value", "malformed", faults.nulInValue],
  ["puts CR into a value", "malformed", faults.crInValue],
  ["puts LF into a value", "malformed", faults.lfInValue],
  ["puts a control character behind the status", "malformed", faults.controlInReason],
  ["puts a space into a name", "malformed", faults.spaceInName],
  ["puts a space before a colon", "malformed", faults.spaceBeforeColon],
  ["folds a line", "malformed", faults.obsFold],
  ["gives two lengths", "malformed", faults.twoContentLengths],
  ["gives a negative length", "malformed", faults.negativeContentLength],
  ["gives a length that no number holds", "malformed", faults.hugeContentLength],
  ["gives a length and chunks", "malformed", faults.lengthAndChunked],
  ["chunks twice", "malformed", faults.chunkedTwice],
  ["chunks what it has coded", "malformed", faults.gzipThenChunked],
  ["codes what it has chunked", "malformed", faults.chunkedThenGzip],
  ["sends 10,000 fields", "malformed", faults.tenThousandFields],
  ["sends 1,100 fields in few bytes", "malformed", faults.manyFields],
  ["sends a field of 1 MiB", "malformed", faults.megabyteField],
  ["never ends its head", "malformed", faults.endlessHead],
  ["never ends its interim responses", "malformed", faults.endlessInterim],
  ["never ends to say Continue", "malformed", faults.endlessContinue],
  ["answers with status 099", "malformed", faults.status099],
  ["answers with status 600", "malformed", faults.status600],
  ["answers with status 1000", "malformed", faults.status1000],
  ["switches protocols unasked", "malformed", faults.switchingProtocols],
];

const IN_BODY: [name: string, fault: SourceFault, behaviour: Behaviour][] = [
  ["sends less than its Content-Length", "reset", faults.shortBody],
  ["resets the connection in a body of known length", "reset", faults.resetInBody],
  ["ends the connection between chunks", "reset", faults.finInChunks],
  ["resets the connection between chunks", "reset", faults.resetInChunks],
  ["resets the connection in a body that ends with it", "reset", faults.resetInUnframedBody],
  ["sends a chunk without a size", "malformed", faults.badChunk],
  ["sends a chunk of another size", "malformed", faults.wrongChunkLength],
];

export function describeFaults(create: CreateSource): void {
  describe("an origin that", () => {
    test.each(BEFORE_HEAD)("%s gives no response: %s", async (_, fault, behaviour) => {
      const { origin, source } = await withFault(create, behaviour);
      await expect(ask(source)).rejects.toMatchObject({ name: "SourceError", fault });
      await origin.deserted();
    });

    test.each(IN_BODY)("%s breaks the body: %s", async (_, fault, behaviour) => {
      const { origin, source } = await withFault(create, behaviour);
      const response = await ask(source);
      await expect(read(response)).rejects.toMatchObject({ name: "SourceError", fault });
      await origin.deserted();
    });

    test("breaks a body that nobody listens to breaks nothing else", async () => {
      const { origin, source } = await withFault(create, faults.resetInBody);
      const { body } = await ask(source);
      await new Promise((resolve) => body.on("close", resolve));
      origin.behave(good());
      expect((await read(await ask(source))).toString()).toBe("good");
    });

    test("refuses connections gives no response: refused", async () => {
      const source = create(await refusingUrl(), PATIENT);
      await expect(ask(source)).rejects.toMatchObject({ name: "SourceError", fault: "refused" });
      await source.close();
    });

    test("has no address gives no response: refused", async () => {
      const source = create(`http://${"a".repeat(64)}.invalid`, PATIENT);
      await expect(ask(source)).rejects.toMatchObject({ name: "SourceError", fault: "refused" });
      await source.close();
    });
  });

  describe("a limit", () => {
    test("holds for the connection", async () => {
      await using origin = await startUnconnectable();
      const source = create(origin.url, { ...PATIENT, connectMs: 100 });
      await expect(ask(source)).rejects.toMatchObject({
        fault: "connect-timeout",
        message: `${source.name} accepted no connection within 100 ms.`,
      });
      await source.close();
    });

    test.each([
      ["no byte at all", faults.hang],
      ["half a head", faults.hangInHead],
    ])("holds for the head after %s", async (_, behaviour) => {
      const { origin, source } = await withFault(create, behaviour, { firstByteMs: 100 });
      await expect(ask(source)).rejects.toMatchObject({
        fault: "first-byte-timeout",
        message: `${source.name} sent no response within 100 ms.`,
      });
      await origin.deserted();
    });

    test("holds for a pause in the body", async () => {
      const { origin, source } = await withFault(create, faults.hangInBody, { idleMs: 100 });
      const response = await ask(source);
      await expect(read(response)).rejects.toMatchObject({
        fault: "idle-timeout",
        message: `${source.name} moved no byte of the body within 100 ms.`,
      });
      await origin.deserted();
    });

    test("holds for the whole, however busy the body is", async () => {
      const { origin, source } = await withFault(create, trickle(20), {
        idleMs: 1_000,
        totalMs: 500,
      });
      const response = await ask(source);
      await expect(read(response)).rejects.toMatchObject({
        fault: "total-timeout",
        message: `${source.name} did not finish within 500 ms.`,
      });
      await origin.deserted();
    });

    test("holds for the whole while nothing comes", async () => {
      const others = { connectMs: 60_000, firstByteMs: 60_000, idleMs: 60_000 };
      const { source } = await withFault(create, faults.hang, { ...others, totalMs: 100 });
      await expect(ask(source)).rejects.toMatchObject({ fault: "total-timeout" });
    });

    test("for a pause begins anew with every piece", async () => {
      const { source } = await withFault(create, trickle(10), { idleMs: 500 });
      expect(await read(await ask(source))).toHaveLength(100);
    });

    test("for the head begins anew with every interim response", async () => {
      const { origin, source } = await withOrigin(create, { firstByteMs: 1_000 });
      origin.on((_, response) => {
        let left = 5;
        const timer = setInterval(() => {
          left -= 1;
          if (left > 0) return response.writeProcessing();
          clearInterval(timer);
          response.end("at last");
        }, 300);
      });
      expect((await read(await ask(source))).toString()).toBe("at last");
    });

    test("for a pause does not run while the reader is the one who pauses", async () => {
      const bytes = 2 * 1024 * 1024;
      const { source } = await withFault(create, hugeBody(bytes, "length"), { idleMs: 100 });
      const response = await ask(source);
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(await read(response)).toHaveLength(bytes);
    });
  });

  describe("a fetch", () => {
    test("is given up before it begins", async () => {
      const { origin, source } = await withOrigin(create);
      const answer = ask(source, {}, { signal: AbortSignal.abort() });
      await expect(answer).rejects.toMatchObject({ name: "SourceError", fault: "aborted" });
      expect(origin.requests).toHaveLength(0);
    });

    test("is given up while it waits, and the origin learns of it", async () => {
      const { origin, source } = await withFault(create, faults.hang);
      const controller = new AbortController();
      const answer = ask(source, {}, { signal: controller.signal });
      await expect.poll(() => origin.requests).toHaveLength(1);
      controller.abort();
      await expect(answer).rejects.toMatchObject({ name: "SourceError", fault: "aborted" });
      await origin.deserted();
    });

    test("is given up in its body, and the origin learns of it", async () => {
      const { origin, source } = await withFault(create, faults.hangInBody);
      const controller = new AbortController();
      const response = await ask(source, {}, { signal: controller.signal });
      controller.abort();
      await expect(read(response)).rejects.toMatchObject({ fault: "aborted" });
      await origin.deserted();
    });

    test("is given up by its own signal alone", async () => {
      const { origin, source } = await withOrigin(create);
      const waiting = new Map<string | undefined, ServerResponse>();
      origin.on((request, response) => void waiting.set(request.url, response));
      const controller = new AbortController();
      const one = ask(source, { target: "/one" }, { signal: controller.signal });
      const other = ask(source, { target: "/other" });
      await origin.received(2);
      controller.abort();
      await expect(one).rejects.toMatchObject({ fault: "aborted" });
      waiting.get("/other")?.end("answered");
      expect((await read(await other)).toString()).toBe("answered");
    });

    test("whose body is destroyed leaves no connection behind", async () => {
      const { origin, source } = await withFault(create, faults.hangInBody);
      const { body } = await ask(source);
      body.destroy();
      await origin.deserted();
    });

    test("ends when the source is closed, and none begins after that", async () => {
      const { origin, source } = await withFault(create, faults.hang);
      const outcome = expect(ask(source)).rejects.toMatchObject({ fault: "aborted" });
      await expect.poll(() => origin.requests).toHaveLength(1);
      await source.close();
      await outcome;
      await origin.deserted();
      await expect(ask(source)).rejects.toMatchObject({ fault: "aborted" });
    });

    test("that fails tells nothing of what was exchanged", async () => {
      const secret = "s3cr3t";
      const { source } = await withFault(create, sends(`HTTP/1.1 200 OK\r\n${secret}\0\r\n\r\n`));
      const request = { target: `/?token=${secret}`, fields: ["Authorization", secret] };
      const failure: Error = await ask(source, request).catch((error) => error);
      const told = [failure, failure.cause].map((one) => JSON.stringify(one) + String(one));
      expect(told.join()).toContain(source.name);
      expect(told.join()).not.toContain(secret);
    });
  });
}
