import { expect, test } from "vitest";
import { applyPlan, type Plan, parsePlan, planOf } from "../../src/mappings/plan.ts";
import { redirects, registered, router, shown } from "./plugin.ts";
import { LIMITS, type ReapTest, startReaper } from "./start-reaper.ts";

const BOB = { user: "bob", repo: "gone" };
const A = registered({ domain: "a.example", ...BOB });

async function planIn(t: ReapTest): Promise<Plan> {
  const summary = await t.run({ mode: "dry-run" });
  return parsePlan(JSON.stringify(planOf(summary, t.forge.url, summary.lines)));
}

function apply(t: ReapTest, plan: Plan, limits = LIMITS, force = false) {
  return applyPlan(plan, { ...t.tools, limits }, { signal: new AbortController().signal, force });
}

test("a plan names mappings and keys, and just these go", async () => {
  await using t = await startReaper();
  await t.pages.write(A, redirects("a.example", 1));
  const plan = await planIn(t);
  expect(plan.removals).toEqual([
    expect.objectContaining({
      domain: "a.example",
      repository: "bob/gone",
      verdict: "repo-missing",
    }),
  ]);
  const late = [{ key: "traefik/http/routers/custom-a-example/late", value: "x" }];
  const later = registered({ domain: "b.example", user: "bob", repo: "other" });
  await t.pages.write(late, later);
  expect(await apply(t, plan)).toMatchObject({ outcome: "finished", cleaned: 1 });
  expect(await t.pages.all()).toEqual(shown(late, later));
});

test("what lives again, or has another verdict, or is another's, stays", async () => {
  await using t = await startReaper();
  const others = ["c", "d"].map((name) =>
    registered({ domain: `${name}.example`, user: "bob", repo: name }),
  );
  await t.pages.write(A, ...others);
  const plan = await planIn(t);
  expect(plan.removals).toHaveLength(3);
  t.forge.repositories.set("bob/gone", { file: "custom_domain: a.example" });
  t.forge.repositories.set("bob/c", {});
  await t.pages.write(registered({ domain: "d.example", user: "carol", repo: "d" }));
  const before = await t.pages.all();
  expect(await apply(t, plan)).toMatchObject({ outcome: "finished", cleaned: 0 });
  expect(await t.pages.all()).toEqual(before);
});

test("the brake holds for plans too", async () => {
  await using t = await startReaper();
  await t.pages.write(A);
  const plan = await planIn(t);
  const limits = { ...LIMITS, brake: { mappings: 0, share: 0.1, unsure: 1 } };
  expect(await apply(t, plan, limits)).toMatchObject({ outcome: "stopped", cleaned: 0 });
  expect(await apply(t, plan, limits, true)).toMatchObject({ outcome: "finished", cleaned: 1 });
});

test("a plan that was tampered with reaches no other keys", async () => {
  await using t = await startReaper();
  const victim = router("custom-victim-example", "victim.example");
  await t.pages.write(A, victim);
  const plan = await planIn(t);
  const [removal] = plan.removals;
  if (removal === undefined) throw new Error("The plan is empty.");
  const keys = [...removal.keys, ...victim.map(({ key }) => key)];
  const evil: Plan = {
    ...plan,
    removals: [
      { ...removal, keys },
      { ...removal, domain: "x`y", keys: [] },
      { ...removal, domain: "victim.example", repository: "../admin" },
      { ...removal, verdict: "alive" },
    ],
  };
  await apply(t, evil);
  expect(await t.pages.all()).toEqual(shown(victim));
});

test.each(["", "{}", "[]", '{"version":2}', "null"])("%j is no plan", (text) => {
  expect(() => parsePlan(text)).toThrow();
});
