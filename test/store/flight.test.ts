import { expect, test } from "vitest";
import { flightKey, soloKey } from "../../src/redis/keys.ts";
import type { Flight, FollowFlight, LeadFlight } from "../../src/store/flight.ts";
import { sharedRedis, startRedis } from "../helpers/redis.ts";
import { openPlain, openWorld, until } from "./world.ts";

function leading(flight: Flight): LeadFlight {
  if (flight.role !== "lead") throw new Error(`Expected to lead, not to ${flight.role}.`);
  return flight;
}

function following(flight: Flight): FollowFlight {
  if (flight.role !== "follow") throw new Error(`Expected to follow, not to ${flight.role}.`);
  return flight;
}

test.each(["stored", "failed", "unshareable"] as const)(
  "those who follow, here and elsewhere, are told that a flight ended as %s",
  async (outcome) => {
    const at = await sharedRedis();
    using here = await openWorld(at);
    using there = await openWorld(at);
    const lead = leading(await here.flights.begin("a"));
    const follows = [await here.flights.begin("a"), await there.flights.begin("a")].map(following);
    const settled = follows.map((follow) => follow.settled(10_000));
    await lead.end(outcome);
    expect(await Promise.all(settled)).toEqual([outcome, outcome]);
  },
);

test("callers of one process share a flight without asking Redis again", async () => {
  await using server = await startRedis();
  using world = await openWorld(server);
  using plain = openPlain(server);
  await plain.client.config("RESETSTAT");
  const flights = await Promise.all(Array.from({ length: 100 }, () => world.flights.begin("a")));
  expect(flights.filter((flight) => flight.role === "lead")).toHaveLength(1);
  expect(flights.filter((flight) => flight.role === "follow")).toHaveLength(99);
  const stats = await plain.client.info("commandstats");
  expect(/cmdstat_set:calls=(\d+)/.exec(stats)?.[1]).toBe("1");
  expect(/cmdstat_time:calls=(\d+)/.exec(stats)?.[1]).toBe("1");
});

test("after a flight has ended the next caller leads, with a newer fence", async () => {
  using world = await openWorld(await sharedRedis());
  let before = 0;
  for (let round = 0; round < 20; round++) {
    const lead = leading(await world.flights.begin("a"));
    expect(lead.fence).toBeGreaterThan(before);
    before = lead.fence;
    await lead.end("stored");
  }
  expect((await world.flights.alone()).fence).toBeGreaterThan(before);
});

test("after an unshareable answer nobody waits for that key, in any process, until that is forgotten", async () => {
  const at = await sharedRedis();
  using here = await openWorld(at);
  using there = await openWorld(at);
  using plain = openPlain(at);
  await leading(await here.flights.begin("a")).end("unshareable");
  const flights = await Promise.all([here, here, there].map((one) => one.flights.begin("a")));
  expect(flights.map((flight) => flight.role)).toEqual(["alone", "alone", "alone"]);
  expect(await plain.client.pttl(soloKey("a"))).toBeGreaterThan(10_000);
  expect(await plain.client.pttl(soloKey("a"))).toBeLessThanOrEqual(60_000);
  await plain.client.del(soloKey("a"));
  leading(await there.flights.begin("a"));
});

test("the end of a flight that was replaced does not end the one that replaced it", async () => {
  const at = await sharedRedis();
  using here = await openWorld(at);
  using there = await openWorld(at);
  using plain = openPlain(at);
  const replaced = leading(await here.flights.begin("a"));
  await plain.client.del(flightKey("a"));
  const current = leading(await there.flights.begin("a"));
  const holder = await plain.client.get(flightKey("a"));
  await replaced.end("stored");
  expect(await plain.client.get(flightKey("a"))).toBe(holder);
  await current.end("stored");
});

test("only the first end of a flight counts", async () => {
  using world = await openWorld(await sharedRedis());
  const lead = leading(await world.flights.begin("a"));
  const follow = following(await world.flights.begin("a"));
  await lead.end("stored");
  await lead.end("unshareable");
  expect(await follow.settled(1_000)).toBe("stored");
  leading(await world.flights.begin("a"));
});

test("waiting ends with its time and with its signal", async () => {
  using world = await openWorld(await sharedRedis());
  leading(await world.flights.begin("a"));
  const follow = following(await world.flights.begin("a"));
  expect(await follow.settled(1)).toBe("timeout");
  const stop = new AbortController();
  const waiting = follow.settled(60_000, stop.signal);
  stop.abort();
  expect(await waiting).toBe("timeout");
  expect(await follow.settled(60_000, stop.signal)).toBe("timeout");
});

test("those who follow find out without announcements too", async () => {
  const at = await sharedRedis();
  using here = await openWorld(at);
  using there = await openWorld(at);
  const lead = leading(await here.flights.begin("a"));
  const follow = following(await there.flights.begin("a"));
  there.tracking.close();
  const settled = follow.settled(10_000);
  await lead.end("stored");
  expect(await settled).toBe("stored");
});

test("while Redis is away callers of one process still share, under fences of its own clock", async () => {
  await using server = await startRedis();
  using world = await openWorld(server, { now: () => 1_700_000_000_000 });
  const remote = leading(await world.flights.begin("before"));
  await server.kill();
  await until(() => world.redis.breaker.state !== "closed");
  const lead = leading(await world.flights.begin("a"));
  expect(lead.fence).toBe(1_700_000_000_000_000);
  const follow = following(await world.flights.begin("a"));
  const settled = follow.settled(10_000);
  await lead.end("unshareable");
  expect(await settled).toBe("unshareable");
  expect(await world.flights.begin("a")).toEqual({ role: "alone", fence: 1_700_000_000_000_001 });
  expect(await world.flights.alone()).toEqual({ role: "alone", fence: 1_700_000_000_000_002 });
  await remote.end("stored");
  leading(await world.flights.begin("before"));
});

test("those who follow a flight of another process are released when Redis goes away", async () => {
  await using server = await startRedis();
  using here = await openWorld(server);
  using there = await openWorld(server);
  leading(await here.flights.begin("a"));
  const follow = following(await there.flights.begin("a"));
  const settled = follow.settled(20_000);
  await server.kill();
  expect(await settled).toBe("failed");
});

test("closing releases those who follow", async () => {
  const at = await sharedRedis();
  using here = await openWorld(at);
  using there = await openWorld(at);
  leading(await here.flights.begin("a"));
  const follow = following(await there.flights.begin("a"));
  there.flights.close();
  expect(await follow.settled(20_000)).toBe("failed");
});
