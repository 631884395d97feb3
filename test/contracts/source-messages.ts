/** How a source carries requests and responses: octet for octet, and while they are made. */
import { PassThrough, Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { InterimResponse } from "../../src/sources/source.ts";
import { faults, GZIPPED, good, sends } from "../helpers/faults.ts";
import { ask, type CreateSource, read, withFault, withOrigin } from "../helpers/source.ts";

export function describeRequests(create: CreateSource): void {
  describe("a request", () => {
    test.each([
      "/a%2fb%2Fc",
      "/a/../b/./c/%2e%2e/d",
      "//double//slashes//",
      "/a|b\\c^d`e{f}",
      "/?q=<\">'&&=&q=%zz%",
      "/a;b=c?d#e",
      "/caf\xe9",
      "/?",
    ])("goes out for the target %s octet for octet", async (target) => {
      const { origin, source } = await withFault(create, good());
      await read(await ask(source, { target }));
      expect(origin.requests[0]?.split("\r\n")[0]).toBe(`GET ${target} HTTP/1.1`);
    });

    test("keeps the letter case, the order and the repetition of its fields", async () => {
      const { origin, source } = await withOrigin(create);
      const fields = ["X-B", "1", "x-a", "2", "X-B", "3", "ACCEPT", "a, b", "X-Latin", "caf\xe9"];
      await read(await ask(source, { fields }));
      expect(origin.requests[0]?.rawHeaders).toEqual(expect.arrayContaining(fields));
      expect(origin.requests[0]?.rawHeaders.slice(2, 2 + fields.length)).toEqual(fields);
    });

    test("names the origin in Host and its own connection, whatever fields are given", async () => {
      const { origin, source } = await withOrigin(create);
      const fields = ["Host", "evil.example", "Connection", "x-a", "Transfer-Encoding", "chunked"];
      await read(await ask(source, { fields: [...fields, "Content-Length", "5", "X-A", "1"] }));
      const { host, connection, ...others } = origin.requests[0]?.headers ?? {};
      expect(host).toBe(new URL(origin.url).host);
      expect(connection).toBe("keep-alive");
      expect(others).toEqual({ "x-a": "1" });
    });

    test.each(["POST", "PUT", "PATCH", "DELETE", "M-SEARCH"])(
      "carries the body of a %s with its length",
      async (method) => {
        const { origin, source } = await withOrigin(create);
        const body = Readable.from([Buffer.from("one"), Buffer.from("two")]);
        await read(await ask(source, { method, fields: ["Content-Length", "6"], body }));
        expect(origin.requests[0]).toMatchObject({ method, body: Buffer.from("onetwo") });
        expect(origin.requests[0]?.headers["content-length"]).toBe("6");
      },
    );

    test("streams a body of unknown length while it is made", async () => {
      const { origin, source } = await withOrigin(create);
      const body = new PassThrough();
      const answer = ask(source, { method: "POST", body });
      body.write("first");
      await origin.received(1);
      await expect.poll(() => origin.requests[0]?.body.toString()).toBe("first");
      body.end("last");
      await read(await answer);
      expect(origin.requests[0]?.body.toString()).toBe("firstlast");
      expect(origin.requests[0]?.headers["transfer-encoding"]).toBe("chunked");
    });

    test("without a body says so where a body is usual", async () => {
      const { origin, source } = await withOrigin(create);
      await read(await ask(source, { method: "POST" }));
      await read(await ask(source, { method: "GET" }));
      const lengths = origin.requests.map((request) => request.headers["content-length"]);
      expect(lengths).toEqual(["0", undefined]);
    });

    test.each([
      ["breaks", new Error("the client went away")],
      ["ends without its end", undefined],
    ])("whose body %s is given up, and the origin learns of it", async (_, error) => {
      const { origin, source } = await withFault(create, faults.hang);
      const body = new PassThrough();
      const answer = ask(source, { method: "PUT", body });
      body.write("half");
      await expect.poll(() => origin.open).toBe(1);
      body.destroy(error);
      await expect(answer).rejects.toMatchObject({ name: "SourceError", fault: "aborted" });
      await origin.deserted();
    });
  });
}

export function describeResponses(create: CreateSource): void {
  describe("a response", () => {
    test("arrives with its fields as they were sent", async () => {
      const head =
        "HTTP/1.1 200 Fine  enough\r\nset-cookie: a=1\r\nX-B:  padded \r\nSet-Cookie: b=2\r\nX-Empty:\r\n";
      const { source } = await withFault(create, sends(`${head}Content-Length: 0\r\n\r\n`));
      const response = await ask(source);
      expect(response).toMatchObject({ status: 200, statusText: "Fine  enough" });
      expect(response.fields).toEqual([
        "set-cookie",
        "a=1",
        "X-B",
        "padded",
        "Set-Cookie",
        "b=2",
        "X-Empty",
        "",
        "Content-Length",
        "0",
      ]);
    });

    test.each([200, 206, 299, 301, 404, 410, 500, 503, 599])(
      "of status %i is a response, and no redirect is followed",
      async (status) => {
        const { origin, source } = await withOrigin(create);
        origin.answers({ status, headers: { Location: "/elsewhere" }, body: "text" });
        const response = await ask(source);
        expect(response.status).toBe(status);
        expect((await read(response)).toString()).toBe("text");
        expect(origin.requests).toHaveLength(1);
      },
    );

    test("to HEAD, and one of status 204 or 304, has no body", async () => {
      const { origin, source } = await withOrigin(create);
      origin.answers(
        "the body",
        { status: 204 },
        { status: 304, headers: { "Content-Length": "8" } },
      );
      const head = await ask(source, { method: "HEAD" });
      expect(head.fields).toEqual(expect.arrayContaining(["Content-Length", "8"]));
      expect(await read(head)).toHaveLength(0);
      expect(await read(await ask(source))).toHaveLength(0);
      expect(await read(await ask(source))).toHaveLength(0);
    });

    test("keeps an encoded body as it is", async () => {
      const { source } = await withFault(create, faults.gzip);
      const response = await ask(source, { fields: ["Accept-Encoding", "gzip"] });
      expect(await read(response)).toEqual(GZIPPED);
      expect(response.fields).toContain("Content-Encoding");
    });

    test("tells when the request went out and when its head came", async () => {
      const { origin, source } = await withOrigin(create);
      origin.answers({ delayMs: 100, body: "late" });
      const before = Date.now();
      const { requestAt, responseAt, body } = await ask(source);
      expect(requestAt).toBeGreaterThanOrEqual(before);
      expect(responseAt - requestAt).toBeGreaterThanOrEqual(99);
      expect(responseAt).toBeLessThanOrEqual(Date.now());
      await body.resume().toArray();
    });

    test("is preceded by its interim responses, passed on while the final one is still awaited", async () => {
      const { origin, source } = await withOrigin(create);
      const links = ["Link", "</a>; rel=preload", "Link", "</b>; rel=preload"];
      const seen: InterimResponse[] = [];
      let finish: () => unknown = () => undefined;
      origin.on((_, response) => {
        response.writeProcessing();
        response.writeEarlyHints({ link: [] });
        response.socket?.write(
          "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nLink: </b>; rel=preload\r\n\r\n",
        );
        finish = () => response.end("final");
      });
      const answer = ask(source, {}, { onInterim: (interim) => void seen.push(interim) });
      await expect
        .poll(() => seen)
        .toEqual([
          { status: 102, fields: [] },
          { status: 103, fields: links },
        ]);
      finish();
      const response = await answer;
      expect((await read(response)).toString()).toBe("final");
      expect(response.fields).not.toContain("Link");
    });

    test.each([
      ["that ends with its connection", faults.unframedBody],
      ["of HTTP/1.0", faults.http10],
      ["in a transfer coding that nobody knows", faults.unknownTransferEncoding],
      ["in chunks, with trailers", faults.trailers],
      ["longer than its Content-Length, up to that", faults.longBody],
      ["after a thousand fields", faults.thousandFields],
      ["after an offer to upgrade", faults.offersUpgrade],
      ["after a 100 that was not asked for", faults.unaskedContinue],
    ])("is read: a body %s", async (_, behaviour) => {
      const { source } = await withFault(create, behaviour);
      expect((await read(await ask(source))).toString()).toBe("0123456789");
    });
  });
}
