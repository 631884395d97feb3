import { expect, test } from "vitest";
import { SetupError } from "../../../src/errors.ts";
import { listenControl } from "../../../src/http/control/listen.ts";
import { gate } from "../../helpers/jobs.ts";
import { send } from "./start.ts";

const app = (_req: unknown, res: { end(text: string): unknown }) => void res.end("here");

test.each(["0.0.0.0", "::", "192.0.2.1", "control.example", "control.localhost"])(
  "without a token it does not listen on %s, and says what to set",
  async (host) => {
    const listening = listenControl({ app, host, port: 0 });
    await expect(listening).rejects.toThrow(SetupError);
    await expect(listening).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/CONTROL_TOKEN/),
    });
  },
);

test("with a token it listens on every address", async () => {
  const listener = await listenControl({ app, host: "0.0.0.0", port: 0, token: "s3cret" });
  expect((await send(listener.port, "/")).body).toBe("here");
  await listener.close();
});

test("a port in use stops the start and names the port", async () => {
  const first = await listenControl({ app, host: "127.0.0.1", port: 0 });
  const second = listenControl({ app, host: "127.0.0.1", port: first.port });
  await expect(second).rejects.toThrow(SetupError);
  await expect(second).rejects.toThrow(`port ${first.port} of 127.0.0.1 is in use`);
  await first.close();
});

test("an address that this machine does not have stops the start and names it", async () => {
  const listening = listenControl({ app, host: "192.0.2.1", port: 0, token: "s3cret" });
  await expect(listening).rejects.toThrow("no address 192.0.2.1");
});

test("a closing listener lets a request finish", async () => {
  const arrived = gate();
  const end = gate();
  const listener = await listenControl({
    app: async (_req, res) => {
      arrived.open();
      await end.opened;
      res.end("done");
    },
    host: "127.0.0.1",
    port: 0,
  });
  const answer = send(listener.port, "/");
  await arrived.opened;
  const closed = listener.close();
  end.open();
  expect((await answer).body).toBe("done");
  await closed;
});

test("the end of patience cuts off a request that does not finish", async () => {
  const arrived = gate();
  const listener = await listenControl({
    app: () => arrived.open(),
    host: "127.0.0.1",
    port: 0,
  });
  const answer = expect(send(listener.port, "/")).rejects.toThrow();
  await arrived.opened;
  const cutOff = new AbortController();
  const closed = listener.close(cutOff.signal);
  cutOff.abort();
  await closed;
  await answer;
});
