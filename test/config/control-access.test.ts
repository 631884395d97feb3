import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { controlUrlFault, loadControlAccess } from "../../src/config/control-access.ts";
import { folderWith, routeFile } from "../helpers/configuration.ts";

test.each([
  ["127.0.0.1", "http://127.0.0.1:8889"],
  ["0.0.0.0", "http://127.0.0.1:8889"],
  ["::", "http://[::1]:8889"],
  ["::1", "http://[::1]:8889"],
  ["control.example", "http://control.example:8889"],
])("a control plane that listens on %s is asked at %s", async (host, url) => {
  await using folder = await folderWith({});
  const env = { CONTROL_HOST: host, CONTROL_TOKEN: "t" };
  expect(await loadControlAccess({ argv: {}, env, cwd: folder.path })).toEqual({ url, token: "t" });
});

test("address and token come from the file, and the environment wins", async () => {
  const file = `control: { port: 9999, token: in-file }\n${routeFile("name: a")}`;
  await using folder = await folderWith({ "other.yaml": file });
  const argv = { config: "other.yaml" };
  const load = (env: Record<string, string>) => loadControlAccess({ argv, env, cwd: folder.path });
  expect(await load({})).toEqual({ url: "http://127.0.0.1:9999", token: "in-file" });
  expect(await load({ CONTROL_PORT: "7777", CONTROL_TOKEN: "in-env" })).toEqual({
    url: "http://127.0.0.1:7777",
    token: "in-env",
  });
});

test("a URL on the command line wins, with the token of the environment or of its file", async () => {
  await using folder = await folderWith({ "warmfront.yaml": "broken: [" });
  const argv = { control: "http://control.example:1/base/" };
  const load = (env: Record<string, string>) => loadControlAccess({ argv, env, cwd: folder.path });
  const url = "http://control.example:1/base";
  expect(await load({})).toEqual({ url });
  expect(await load({ CONTROL_TOKEN: "t" })).toEqual({ url, token: "t" });
  await writeFile(join(folder.path, "token"), "from-file\n");
  expect(await load({ CONTROL_TOKEN_FILE: "token" })).toEqual({ url, token: "from-file" });
  await expect(load({ CONTROL_TOKEN_FILE: "none" })).rejects.toThrow("does not exist");
});

test("a free port is nowhere to ask", async () => {
  await using folder = await folderWith({});
  const asked = loadControlAccess({ argv: {}, env: { CONTROL_PORT: "0" }, cwd: folder.path });
  await expect(asked).rejects.toThrow("--control");
});

test.each([
  ["http://127.0.0.1:8889", undefined],
  ["https://control.example/base", undefined],
  ["127.0.0.1:8889", "must be a URL"],
  ["ftp://control.example", "must be a URL"],
  ["http://control.example/?a=b", "must be a URL"],
  ["http://user:secret@control.example", "must hold no credentials"],
])("--control %s", (text, fault) => {
  if (fault === undefined) expect(controlUrlFault(text)).toBeUndefined();
  else expect(controlUrlFault(text)).toContain(fault);
});
