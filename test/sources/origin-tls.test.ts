import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createOrigin } from "../../src/sources/origin.ts";
import { CERTIFICATE, PRIVATE_KEY } from "../fixtures/tls.ts";
import { faults } from "../helpers/faults.ts";
import { ask, type CreateSource, PATIENT, withFault, withOrigin } from "../helpers/source.ts";
import { spawnScript } from "../helpers/spawn-script.ts";

const overTls: CreateSource = (url, timeouts) =>
  createOrigin({ origin: url.replace("http:", "https:"), timeouts });

/** Answers with Host, target and the number of connections so far. */
async function startTlsOrigin(): Promise<number> {
  let connections = 0;
  const server = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (request, response) =>
    response.end(`${request.headers.host} ${request.url} ${connections}`),
  );
  server.on("secureConnection", () => {
    connections += 1;
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test("an origin whose certificate is trusted answers, on a connection that is kept", async () => {
  const port = await startTlsOrigin();
  const dir = await mkdtemp(join(tmpdir(), "warmfront-tls-"));
  await writeFile(join(dir, "ca.pem"), CERTIFICATE);
  vi.stubEnv("NODE_EXTRA_CA_CERTS", join(dir, "ca.pem"));
  await using child = spawnScript(new URL("fetch-once.ts", import.meta.url), [
    `https://127.0.0.1:${port}`,
    `https://localhost:${port}`,
  ]);
  vi.unstubAllEnvs();
  const code = await child.exited;
  await rm(dir, { recursive: true });
  expect(child.errors()).not.toContain("Error");
  expect(child.output().split("\n")).toEqual([
    `127.0.0.1:${port} /1 1`,
    `127.0.0.1:${port} /2 1`,
    `localhost:${port} /1 2`,
    `localhost:${port} /2 2`,
    "",
  ]);
  expect(code).toBe(0);
});

test("an origin whose certificate nobody vouches for is refused, whatever the environment says", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  const source = overTls(`http://127.0.0.1:${await startTlsOrigin()}`, PATIENT);
  const answer = ask(source);
  await expect(answer).rejects.toMatchObject({
    fault: "refused",
    message: `No connection to ${source.name} (DEPTH_ZERO_SELF_SIGNED_CERT).`,
  });
  vi.unstubAllEnvs();
  await source.close();
});

test("an origin that does not speak TLS is refused", async () => {
  const { source } = await withOrigin(overTls);
  await expect(ask(source)).rejects.toMatchObject({ fault: "refused" });
});

test("an origin that never ends its handshake has accepted no connection", async () => {
  const { source } = await withFault(overTls, faults.hang, { connectMs: 100 });
  await expect(ask(source)).rejects.toMatchObject({ fault: "connect-timeout" });
});
