import { expect, test } from "vitest";
import { stored } from "../helpers/stored.ts";
import { PATIENCE, startCacheCli } from "./cache-process.ts";

test(
  "explain tells people the route, the source, the key, what is stored, the verdict and what happens",
  PATIENCE,
  async () => {
    await using cli = await startCacheCli();
    const { front } = cli;
    front.origin.answers({ headers: { "Cache-Tag": "red", "X-Note": "a\tb" }, body: "12345" });
    await stored(front, "/a?b=1", { accept: "text/csv" });
    const ran = await cli.run(["explain", "/a?b=1", "-H", "Accept: text/csv"]);
    expect(ran).toMatchObject({ code: 0, err: "" });
    for (const line of [
      /^request {5}GET \/a\?b=1$/m,
      /^route {7}test \(\/\*\), preset api$/m,
      /^ {12}fixed: fresh for 3600 s, /m,
      /^source {6}GET http:\/\/127\.0\.0\.1:\d+\/a\?b=1$/m,
      /^ {14}accept: text\/csv$/m,
      /^key {9}\/a\?b=1, credential none$/m,
      /^ {12}wf1:e:\{[\w-]{43}\}$/m,
      /^stored {6}200, 5 bytes, stored \S+Z, age \d+ s$/m,
      /^ {12}fresh for 3600 s, \d+ s left; /m,
      /^ {12}tags: red$/m,
      /^verdict {5}fresh: Its age is below its freshness lifetime\. \(RFC 9111 §4\.2\)$/m,
      /^now {9}hit: The stored response is sent\.$/m,
      /^on failure {2}The stored response would be sent\.$/m,
      /^refresh {5}none$/m,
    ])
      expect(ran.out).toMatch(line);
  },
);

test("explain as JSON is what the control plane says", PATIENCE, async () => {
  await using cli = await startCacheCli();
  const ran = await cli.run(["explain", "/nothing", "--json", "-X", "HEAD"]);
  expect(JSON.parse(ran.out)).toMatchObject({
    method: "HEAD",
    target: "/nothing",
    verdict: { reuse: "nothing" },
    now: { action: "pass-on" },
  });
});

test(
  "credentials given on the command line do not come back, nor do control characters of the source",
  PATIENCE,
  async () => {
    await using cli = await startCacheCli({ perPrincipal: true });
    // U+009B begins a terminal's escape sequence as one octet, which a field value may hold.
    cli.front.origin.on((_req, res) => res.writeHead(200, { "X-Note": "a\u009b31mb" }).end("x"));
    await stored(cli.front, "/a", { authorization: "Bearer s3cret" });
    const ran = await cli.run(["explain", "/a", "-H", "Authorization: Bearer s3cret"]);
    expect(ran.out).toContain("credential present, keyed apart");
    expect(ran.out).toContain("X-Note: a31mb");
    expect(ran.out).not.toContain("s3cret");
    const json = await cli.run(["explain", "/a", "-H", "Authorization: Bearer s3cret", "--json"]);
    expect(json.out).toContain("a\\u009b31mb");
  },
);
