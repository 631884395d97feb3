import { expect, test } from "vitest";
import { addressKind } from "../../src/sources/address-kind.ts";
import { createGuard, type Resolve } from "../../src/sources/guard.ts";
import { createOrigin } from "../../src/sources/origin.ts";
import { peerOf } from "../../src/sources/request-head.ts";
import { startOrigin } from "../helpers/origin.ts";
import { ask, PATIENT, read } from "../helpers/source.ts";

test.each([
  ["93.184.216.34", "public"],
  ["1.1.1.1", "public"],
  ["223.255.255.255", "public"],
  ["2606:4700::1111", "public"],
  ["::ffff:8.8.8.8", "public"],
  ["64:ff9b::8.8.8.8", "public"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["::1", "loopback"],
  ["0:0:0:0:0:0:0:1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:7f00:1", "loopback"],
  ["64:ff9b::127.0.0.1", "loopback"],
  ["64:ff9b::7f00:1", "loopback"],
  ["10.0.0.1", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["172.32.0.0", "public"],
  ["192.168.1.1", "private"],
  ["::ffff:c0a8:101", "private"],
  ["64:ff9b::10.0.0.1", "private"],
  ["100.64.0.1", "private"],
  ["fc00::1", "private"],
  ["fd12:3456::1", "private"],
  ["169.254.169.254", "metadata"],
  ["::ffff:169.254.169.254", "metadata"],
  ["::ffff:a9fe:a9fe", "metadata"],
  ["64:ff9b::a9fe:a9fe", "metadata"],
  ["169.254.170.2", "metadata"],
  ["100.100.100.200", "metadata"],
  ["168.63.129.16", "metadata"],
  ["fd00:ec2::254", "metadata"],
  ["169.254.1.1", "link-local"],
  ["fe80::1", "link-local"],
  ["fe80::1%eth0", "link-local"],
  ["0.0.0.0", "special"],
  ["0.1.2.3", "special"],
  ["::", "special"],
  ["::7f00:1", "special"],
  ["192.0.0.192", "special"],
  ["192.0.2.1", "special"],
  ["198.18.0.1", "special"],
  ["224.0.0.1", "special"],
  ["240.0.0.1", "special"],
  ["255.255.255.255", "special"],
  ["2001::1", "special"],
  ["2001:db8::1", "special"],
  ["2002:7f00:1::", "special"],
  ["64:ff9b:1::7f00:1", "special"],
  ["fec0::1", "special"],
  ["ff02::1", "special"],
])("%s is %s", (address, kind) => {
  expect(addressKind(address)).toBe(kind);
});

const NOT_PUBLIC = ["127.0.0.1", "::1", "10.0.0.1", "fd12::1", "169.254.169.254", "0.0.0.0"];

test.each(NOT_PUBLIC)("a public name that resolves to %s is not connected to", async (address) => {
  expect(await addressesOf("api.example.org", [address])).toBe("EGRESS");
});

test.each([
  "localhost",
  "a.localhost",
  "api",
  "api.prod.svc",
  "api.prod.svc.cluster.local",
  "nas.lan",
  "nas.home.arpa",
  "API.Internal.",
])("%s is a name of one's own network: loopback and private addresses will do", async (name) => {
  for (const address of ["127.0.0.1", "::1", "10.0.0.1", "fd12::1"])
    expect(await addressesOf(name, [address])).toEqual([address]);
  for (const address of ["169.254.169.254", "fd00:ec2::254", "fe80::1", "0.0.0.0"])
    expect(await addressesOf(name, [address])).toBe("EGRESS");
});

test("of many addresses those that may be connected to are left", async () => {
  const found = ["10.0.0.1", "93.184.216.34", "169.254.169.254", "2606:4700::1111"];
  expect(await addressesOf("api.example.org", found)).toEqual(["93.184.216.34", "2606:4700::1111"]);
});

test.each([
  [["10.1.0.0/16"], "api.example.org", "10.1.2.3", true],
  [["10.1.0.0/16"], "api.example.org", "10.2.0.1", false],
  [["fd12::/32"], "api.example.org", "fd12:0:1::1", true],
  [["169.254.1.1"], "api.example.org", "169.254.1.1", true],
  [["169.254.1.1"], "api.example.org", "169.254.1.2", false],
  [["api.example.org"], "API.example.org", "10.0.0.1", true],
  [["api.example.org"], "evil-api.example.org", "10.0.0.1", false],
  [["*.example.org"], "a.b.example.org", "10.0.0.1", true],
  [["*.example.org"], "example.org", "10.0.0.1", false],
  [["*.example.org"], "evilexample.org", "10.0.0.1", false],
])("with egress.allow %j, %s at %s: %s", async (allow, name, address, isAllowed) => {
  expect(await addressesOf(name, [address], allow)).toEqual(isAllowed ? [address] : "EGRESS");
});

test.each([
  ["127.0.0.1", true],
  ["::1", true],
  ["10.0.0.1", true],
  ["169.254.169.254", false],
  ["fe80::1", false],
  ["0.0.0.0", false],
])("an address that the operator wrote, %s, may be asked: %s", (host, may) => {
  expect(createGuard().mayAsk(host)).toBe(may);
  expect(createGuard({ allow: [host] }).mayAsk(host)).toBe(true);
});

test("with egress.hosts no other host is asked, not even at a public address", () => {
  const guard = createGuard({ allow: [], hosts: ["api.example.org", "*.internal", "127.0.0.1"] });
  for (const host of ["api.example.org", "API.example.org.", "a.internal", "127.0.0.1"])
    expect(guard.mayAsk(host), host).toBe(true);
  for (const host of ["example.org", "internal", "93.184.216.34", "127.0.0.2"])
    expect(guard.mayAsk(host), host).toBe(false);
});

test("a name that changes its address after it was found harmless is refused when it is connected to", async () => {
  await using origin = await startOrigin();
  origin.answers({ body: "good", headers: { Connection: "close" } });
  const addresses = ["127.0.0.1", "127.0.0.2", "::1"];
  const guard = createGuard({ allow: ["127.0.0.1"] }, (_name, _options, callback) =>
    setImmediate(callback, null, [answer(addresses.shift() as string)]),
  );
  const { port } = new URL(origin.url);
  const source = createOrigin({
    origin: `http://api.example.org:${port}`,
    timeouts: PATIENT,
    guard,
  });
  expect(String(await read(await ask(source)))).toBe("good");
  for (const _ of [1, 2])
    await expect(ask(source)).rejects.toThrow(
      `api.example.org:${port} is at no address that may be asked (egress.allow).`,
    );
  expect(origin.connections).toBe(1);
  await source.close();
});

test("an address that may not be asked is refused without a connection", async () => {
  await using origin = await startOrigin();
  const { port } = new URL(origin.url);
  const url = `http://0.0.0.0:${port}`;
  const source = createOrigin({ origin: url, timeouts: PATIENT });
  await expect(ask(source)).rejects.toMatchObject({ fault: "refused" });
  expect(origin.connections).toBe(0);
  await source.close();
});

test.each([
  ...["169.254.169.254", "169.254.169.254.", "2852039166", "0xA9FEA9FE", "025177524776"],
  ...["169.254.43518", "169.16689662", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376"],
  ...["0251.254.0xa9.254", "%31%36%39.254.169.254", "１６９.254.169.254", "①⑥⑨。254。169。254"],
  ...["api.example.org@169.254.169.254", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]"],
  ...["[0:0:0:0:0:ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "[::169.254.169.254]"],
  ...["[fd00:ec2::254]", "[FD00:0EC2:0::0:254]", "[fe80::1]", "0", "0x0", "0.0", "[::]"],
])("however the address of a source is written, it is judged: http://%s", (host) => {
  const { address } = peerOf(`http://${host}`);
  expect(createGuard().mayAsk(address)).toBe(false);
});

test("a proxy that the environment names is not used", async () => {
  await using origin = await startOrigin();
  await using proxy = await startOrigin();
  process.env.HTTP_PROXY = process.env.http_proxy = proxy.url;
  try {
    const source = createOrigin({ origin: origin.url, timeouts: PATIENT });
    expect(String(await read(await ask(source)))).toBe("ok");
    expect(proxy.connections).toBe(0);
    await source.close();
  } finally {
    delete process.env.HTTP_PROXY;
    delete process.env.http_proxy;
  }
});

test("a name that cannot be resolved fails as it does without a guard", async () => {
  const lost: NodeJS.ErrnoException = new Error("nope");
  lost.code = "ENOTFOUND";
  const guard = createGuard({ allow: [] }, (_name, _options, callback) =>
    setImmediate(callback, lost, []),
  );
  const source = createOrigin({ origin: "http://api.example.org", timeouts: PATIENT, guard });
  await expect(ask(source)).rejects.toThrow("No connection to api.example.org (ENOTFOUND).");
  await source.close();
});

/** What the guard leaves of the addresses of a name, or the code of its refusal. */
function addressesOf(name: string, found: string[], allow: readonly string[] = []) {
  const resolve: Resolve = (_name, _options, callback) => callback(null, found.map(answer));
  return new Promise((settle) => {
    createGuard({ allow }, resolve).lookup(name, { all: true }, (error, addresses) =>
      settle(error?.code ?? (addresses as { address: string }[]).map(({ address }) => address)),
    );
  });
}

function answer(address: string) {
  return { address, family: address.includes(":") ? 6 : 4 };
}
