/** Query parameters that a cache leaves out of its key and a source reads all the same. */
import { expect, test } from "vitest";
import type { QueryRule } from "../../src/config/route.ts";
import { startFront } from "../helpers/front.ts";
import { reflecting, startTwins } from "./twins.ts";

/** Ways to smuggle a parameter past a rule about `utm_source` and `_method`, or to hide one behind another. */
const QUERIES = [
  ..."? ?a=1 ?a=2 ?b=1&a=1 ?a=1&b=1 ?a=1&a=2 ?a=2&a=1 ?a ?a= ?=1 ?& ?&& ?a=1& ?&a=1 ?a=1&&b=1".split(
    " ",
  ),
  ..."?utm_source=x ?utm_source=y ?a=1&utm_source=x ?utm_source=x&a=1 ?utm_source ?utm_source=".split(
    " ",
  ),
  ..."?a=1;utm_source=x ?utm_source=x;a=2 ?a=1&utm_source=x;a=2 ?utm_source=x%26a=2 ?utm_source=x%3Ba=2".split(
    " ",
  ),
  ..."?utm%5Fsource=x ?%75tm_source=x ?utm%255Fsource=x ?UTM_SOURCE=x ?utm_source%00=x ?utm_source%20=x".split(
    " ",
  ),
  ..."?+utm_source=x ?utm_source+=x ?utm_source[]=x ?utm_source%5B%5D=x ?utm_source[a]=x ?utm_source.x=1".split(
    " ",
  ),
  ..."?a=1%26utm_source=x ?a=1&amp;utm_source=x ?a=1?utm_source=x ?a=1?b=2 ?a%3D1 ?a=1%3Db ?a==1".split(
    " ",
  ),
  ..."?_method=DELETE ?_METHOD=DELETE ?a=1&_method=PUT ?%5fmethod=PUT ?a[]=1&a[]=2 ?a[]=2&a[]=1 ?a[0]=1".split(
    " ",
  ),
  ..."?a%5B%5D=1 ?a=1,2 ?a=%31 ?%61=1 ?a=1&%61=2 ?%61=2&a=1 ?a=%C3%A9 ?a=%E9 ?a=%zz ?%=1 ?%ff=1 ?a+b=1 ?a%20b=1".split(
    " ",
  ),
  ..."?__proto__=1 ?constructor=1 ?a=1&__proto__[b]=2 ?toString= ?callback=x ?a=1|accept:text/csv ?a=*".split(
    " ",
  ),
];

const RULES: [string, QueryRule][] = [
  ["all", { mode: "all" }],
  ["sorted", { mode: "sorted" }],
  ["ignore", { mode: "ignore", names: ["utm_source", "_method"] }],
  ["allow", { mode: "allow", names: ["a"] }],
];

test.each(RULES)(
  "rule %s: an answer is always one that the source gave to this very request",
  async (_, query) => {
    await using twins = await startTwins({ key: { query, fields: [] } });
    for (const round of ["miss", "hit"]) {
      for (const form of QUERIES) {
        const [stored, asked] = await Promise.all([
          twins.storing.ask(`/doc${form}`),
          twins.asking.ask(`/doc${form}`),
        ]);
        expect(stored.text, `${round} ${form}`).toBe(asked.text);
      }
    }
  },
);

test("targets that differ in an ignored parameter alone reach the source as one, without it", async () => {
  const query = { mode: "ignore", names: ["utm_source", "utm_medium"] } as const;
  await using front = await startFront({ key: { query, fields: [] } });
  front.origin.on(reflecting());
  const forms = [
    "",
    "&utm_source=x",
    "&utm_source=y&utm_medium=z",
    "&utm%5fsource=%22%3E",
    "&%75tm_medium",
  ];
  for (const form of forms) await front.ask(`/doc?a=1${form}`);
  await front.ask("/doc?utm_source=first&a=1");
  expect(front.origin.requests.map(({ url }) => url)).toEqual(["/doc?a=1"]);
});

test("a parameter behind a semicolon goes the way of the parameter that it stands in", async () => {
  const query = { mode: "ignore", names: ["utm_source"] } as const;
  await using front = await startFront({ key: { query, fields: [] } });
  front.origin.on(reflecting());
  await front.ask("/doc?a=1&utm_source=x;a=evil");
  expect((await front.ask("/doc?a=1")).text).not.toContain("evil");
  await front.ask("/doc?a=1;utm_source=evil");
  expect((await front.ask("/doc?a=1")).text).not.toContain("evil");
});

test("only the parameter that a route names bypasses the store, in every spelling and no other", async () => {
  const bypass = { query: [["preview", "true"]], methods: [], fields: [] } as const;
  await using front = await startFront({ bypass });
  front.origin.on(reflecting());
  const bypassed = async (query: string) =>
    (await front.ask(`/doc?${query}`)).cacheStatus.includes("bypass");
  for (const query of ["preview=true", "a=1&preview=true", "previe%77=true", "preview=tru%65"])
    expect(await bypassed(query), query).toBe(true);
  for (const query of [
    "xpreview=truely",
    "preview%3Dtrue",
    "preview=True",
    "preview",
    "a=preview=true",
  ])
    expect(await bypassed(query), query).toBe(false);
});

test("a method in the query is a parameter like any other", async () => {
  await using front = await startFront();
  front.origin.on(reflecting());
  await front.ask("/doc?_method=DELETE");
  expect((await front.ask("/doc")).text).toContain('"GET","/doc",');
  expect(front.origin.requests.map(({ method }) => method)).toEqual(["GET", "GET"]);
});
