import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { SetupError } from "../src/errors.ts";
import { listen } from "../src/listen.ts";

const HOST = "127.0.0.1";
const SETTINGS = { host: "X_HOST (x.host)", port: "X_PORT (x.port)" };

test("a listener tells its port and its URL, also that of a free port", async () => {
  const server = createServer();
  const { port, url } = await listen(server, { host: HOST, port: 0 }, SETTINGS);
  expect(port).toBeGreaterThan(0);
  expect(url).toBe(`http://127.0.0.1:${port}`);
  server.close();
  await once(server, "close");
});

test("a port in use is a fault of the set-up that names the port and its setting", async () => {
  const server = createServer();
  const { port } = await listen(server, { host: HOST, port: 0 }, SETTINGS);
  const second = listen(createServer(), { host: HOST, port }, SETTINGS);
  await expect(second).rejects.toThrow(SetupError);
  await expect(second).rejects.toThrow(
    `Cannot start: port ${port} of 127.0.0.1 is in use by another program. Stop it, or set X_PORT (x.port) to another port.`,
  );
  server.close();
});

test("an address that this machine does not have is a fault of the set-up that names its setting", async () => {
  const listening = listen(createServer(), { host: "192.0.2.1", port: 0 }, SETTINGS);
  await expect(listening).rejects.toThrow(SetupError);
  await expect(listening).rejects.toThrow(
    "Cannot start: this machine has no address 192.0.2.1. Set X_HOST (x.host) to one that it has.",
  );
});
