import { expect, test } from "vitest";
import { brake } from "../../src/mappings/brake.ts";
import { isForgotten, isGone, missedAgain } from "../../src/mappings/sightings.ts";
import { exitCodeOf } from "../../src/mappings/summary.ts";
import { registered, shown } from "./plugin.ts";
import { LIMITS, startReaper } from "./start-reaper.ts";

const HOUR = 3_600_000;
const DEAD = registered({ domain: "old.example.org", user: "bob", repo: "gone" });

test("without an administrator's token a repository must be missing three times over a day", async () => {
  await using t = await startReaper({ token: null });
  await t.pages.write(DEAD);
  for (const pause of [0, 1, 1, 1]) {
    t.clock += pause * HOUR;
    const summary = await t.run();
    expect(summary).toMatchObject({ outcome: "finished", cleaned: 0, waiting: 1, errors: {} });
    expect(exitCodeOf(summary)).toBe(0);
  }
  expect(await t.pages.all()).toEqual(shown(DEAD));
  t.clock += 22 * HOUR;
  expect(await t.run()).toMatchObject({ cleaned: 1, waiting: 0 });
  expect(await t.pages.all()).toEqual({});
  expect(await t.tools.journal.sightings()).toEqual(new Map());
});

test("a private repository that is seen in between keeps its domain, and the count begins anew", async () => {
  await using t = await startReaper({ token: null });
  await t.pages.write(DEAD);
  const file = "custom_domain: old.example.org";
  for (const hidden of [true, true, false, true, true, false, true, true]) {
    t.forge.repositories.set("bob/gone", { file, private: hidden });
    t.clock += 13 * HOUR;
    expect(await t.run()).toMatchObject({ cleaned: 0, waiting: hidden ? 1 : 0 });
  }
  expect(await t.pages.all()).toEqual(shown(DEAD));
});

test("a missing file of a repository that is to be seen needs no patience", async () => {
  await using t = await startReaper({ token: null });
  await t.pages.write(DEAD);
  t.forge.repositories.set("bob/gone", {});
  expect(await t.run()).toMatchObject({ cleaned: 1 });
});

test("a doubt neither counts as a sighting nor ends a row of them", async () => {
  await using t = await startReaper({ token: null });
  await t.pages.write(DEAD);
  await t.run();
  t.forge.behave = (path) => (path.includes("/repos/") ? "error-500" : undefined);
  t.clock += 30 * HOUR;
  expect(await t.run()).toMatchObject({ waiting: 0, errors: { unknown: 1 } });
  t.forge.behave = () => undefined;
  expect(await t.run()).toMatchObject({ waiting: 1 });
  expect(await t.run()).toMatchObject({ cleaned: 1 });
});

test("a dry run counts no sightings", async () => {
  await using t = await startReaper({ token: null });
  await t.pages.write(DEAD);
  for (let i = 0; i < 4; i++) {
    t.clock += 13 * HOUR;
    expect(await t.run({ mode: "dry-run" })).toMatchObject({ waiting: 1, cleaned: 0 });
  }
});

test("sightings are forgotten when they are not renewed", () => {
  const limits = { count: 2, overMs: HOUR };
  const first = missedAgain(undefined, 0);
  expect(isGone(first, limits)).toBe(false);
  expect(isGone(missedAgain(first, HOUR - 1), limits)).toBe(false);
  expect(isGone(missedAgain(first, HOUR), limits)).toBe(true);
  expect(isForgotten(first, 7 * 24 * HOUR, limits)).toBe(false);
  expect(isForgotten(first, 7 * 24 * HOUR + 1, limits)).toBe(true);
  expect(isForgotten(first, 19 * 24 * HOUR, { count: 2, overMs: 10 * 24 * HOUR })).toBe(false);
});

test("a repository that is dead in one look and alive in the next keeps its domain", async () => {
  await using t = await startReaper();
  await t.pages.write(DEAD);
  t.forge.behave = async (path, number) => {
    if (path.includes("/repos/") && number === 5)
      t.forge.repositories.set("bob/gone", { file: "custom_domain: old.example.org" });
    return undefined;
  };
  const summary = await t.run();
  expect(summary).toMatchObject({ cleaned: 0 });
  expect(summary.lines).toEqual([
    expect.objectContaining({
      action: "changed",
      detail: "first repo-missing, a moment later alive",
    }),
  ]);
  expect(await t.pages.all()).toEqual(shown(DEAD));
});

test.each([
  [{ mappings: 100, dead: 10, asked: 100, unsure: 0 }, undefined],
  [{ mappings: 12, dead: 10, asked: 12, unsure: 0 }, undefined],
  [{ mappings: 100, dead: 20, asked: 100, unsure: 0 }, undefined],
  [{ mappings: 100, dead: 21, asked: 100, unsure: 0 }, "21 of 100 mappings would go"],
  [{ mappings: 11, dead: 11, asked: 11, unsure: 0 }, "11 of 11 mappings would go"],
  [{ mappings: 10, dead: 0, asked: 10, unsure: 5 }, undefined],
  [
    { mappings: 10, dead: 0, asked: 10, unsure: 6 },
    "the forge looks broken: 6 of 10 repositories could not be judged",
  ],
  [{ mappings: 0, dead: 0, asked: 0, unsure: 0 }, undefined],
])("of %j the brake says %j", (figures, word) => {
  expect(brake(figures, { mappings: 10, share: 0.2, unsure: 0.5 })).toBe(word);
});

test("a forge that fails for most repositories removes nothing, not even what it calls dead", async () => {
  await using t = await startReaper();
  const others = Array.from({ length: 3 }, (_, i) =>
    registered({ domain: `d${i}.example`, user: "bob", repo: `r${i}` }),
  );
  await t.pages.write(DEAD, ...others);
  t.forge.behave = (path) => (/\/r\d/.test(path) ? "error-500" : undefined);
  const limits = { ...LIMITS, brake: { ...LIMITS.brake, unsure: 0.5 } };
  const summary = await t.run({ tools: { limits } });
  expect(summary).toMatchObject({ outcome: "stopped", cleaned: 0, errors: { unknown: 3 } });
  expect(await t.pages.all()).toEqual(shown(DEAD, ...others));
  const dry = await t.run({ mode: "dry-run", tools: { limits } });
  expect(dry).toMatchObject({
    outcome: "finished",
    brake: expect.stringContaining("looks broken"),
  });
});

test("a forge that stops answering ends the run early", async () => {
  await using t = await startReaper();
  const many = Array.from({ length: 60 }, (_, i) =>
    registered({ domain: `d${i}.example`, user: "bob", repo: `r${i}` }),
  );
  await t.pages.write(...many);
  t.forge.behave = (path) => (path.includes("/repos/") ? "error-500" : undefined);
  const summary = await t.run();
  expect(summary).toMatchObject({
    outcome: "stopped",
    because: "The forge gives no usable answers any more.",
  });
  expect(t.forge.requests.length).toBeLessThan(30);
});

test("a token that is refused in the middle of a run ends it, and nothing is removed", async () => {
  await using t = await startReaper();
  await t.pages.write(DEAD, registered({ domain: "x.example", user: "bob", repo: "other" }));
  t.forge.behave = (path, number) =>
    path.includes("/repos/") && number > 4 ? "unauthorized" : undefined;
  expect(await t.run()).toMatchObject({
    outcome: "stopped",
    because: "The forge refused the token.",
    cleaned: 0,
  });
  expect(await t.pages.all()).toMatchObject(shown(DEAD));
});
