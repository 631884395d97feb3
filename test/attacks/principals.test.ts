/** Several users of one URL, in every order and by every kind of request: nobody gets what is another's. */
import type { RequestListener } from "node:http";
import { describe, expect, test } from "vitest";
import {
  type AskOptions,
  type RouteOptions,
  startFront,
  type TestFront,
} from "../helpers/front.ts";

const USERS = ["alice", "bob", "nobody"] as const;
type User = (typeof USERS)[number];

/** Different from the first octet on, and of different lengths. */
const SECRETS: Record<User, string> = {
  alice: "1: alice owes 100",
  bob: "2: bob owes nothing at all",
  nobody: "3: please log in",
};
const MODIFIED = "Thu, 01 Jan 2026 00:00:00 GMT";

/** An account page for whoever asks, with a validator of its own, that answers conditions. */
function accounts(
  userOf: (headers: Record<string, unknown>) => string | undefined,
  fields: Record<string, string>,
): RequestListener {
  return (req, res) => {
    const user = (userOf(req.headers) ?? "nobody") as User;
    const own = { ...fields, ETag: `"${user}"` };
    if (req.headers["if-none-match"] === own.ETag) {
      res.writeHead(304, own).end();
      return;
    }
    const body = SECRETS[user];
    res.writeHead(200, { ...own, "Content-Length": body.length, "X-User": user });
    res.end(req.method === "HEAD" ? undefined : body);
  };
}

type Credential = (user: User) => Record<string, string>;
const byToken: Credential = (user) =>
  user === "nobody" ? {} : { Authorization: `Bearer ${user}` };
const byCookie: Credential = (user) => (user === "nobody" ? {} : { Cookie: `session=${user}` });

function tokenUser(headers: Record<string, unknown>): string | undefined {
  return (headers.authorization as string | undefined)?.replace("Bearer ", "");
}

function cookieUser(headers: Record<string, unknown>): string | undefined {
  return (headers.cookie as string | undefined)?.replace("session=", "");
}

type Kind = (user: User) => AskOptions;
const KINDS: Record<string, Kind> = {
  GET: () => ({}),
  HEAD: () => ({ method: "HEAD" }),
  Range: () => ({ headers: { Range: "bytes=0-9" } }),
  "If-None-Match of one's own": (user) => ({ headers: { "If-None-Match": `"${user}"` } }),
  "If-None-Match of all": () => ({
    headers: { "If-None-Match": USERS.map((u) => `"${u}"`).join(", ") },
  }),
  "If-Modified-Since": () => ({ headers: { "If-Modified-Since": MODIFIED } }),
  "Cache-Control": () => ({ headers: { "Cache-Control": "no-cache" } }),
  "max-stale": () => ({ headers: { "Cache-Control": "max-stale" } }),
};

const ORDERS: User[][] = [
  ["alice", "bob", "nobody", "alice"],
  ["nobody", "alice", "bob", "nobody"],
  ["bob", "nobody", "alice", "bob"],
];

/** Everybody asks in every order and in every way, also when what was stored is stale, and sees only what is theirs. */
async function expectOnlyOwn(front: TestFront, credential: Credential): Promise<void> {
  const kinds = Object.values(KINDS);
  const beginnings = [...kinds, KINDS.GET as Kind, KINDS.GET as Kind].entries();
  for (const [i, kind] of beginnings) {
    const path = `/account/${i}`;
    const order = ORDERS[i % ORDERS.length] as User[];
    for (const user of order) await asks(front, path, user, credential, kind);
    front.advance(120_000);
    const later = kinds.flatMap((one) => order.map((user) => [user, one] as const));
    for (const [user, one] of later) await asks(front, path, user, credential, one);
  }
}

async function asks(
  front: TestFront,
  path: string,
  user: User,
  credential: Credential,
  kind: Kind,
): Promise<void> {
  const { method, headers } = kind(user);
  const fields = { ...headers, ...credential(user) };
  const answer = await front.ask(path, { ...(method && { method }), headers: fields });
  expect({ path, fields, etag: answer.headers.etag }).toMatchObject({ etag: `"${user}"` });
  expect(SECRETS[user]).toContain(answer.text);
  if (answer.headers["content-range"] !== undefined)
    expect(answer.headers["content-range"]).toBe(`bytes 0-9/${SECRETS[user].length}`);
}

const ROUTES: Record<string, RouteOptions> = {
  api: {},
  "api with fixed freshness": { freshness: { freshForMs: 60_000, staleIfErrorMs: 600_000 } },
  "api per principal": { perPrincipal: true },
  "api per principal with fixed freshness": {
    perPrincipal: true,
    freshness: { freshForMs: 60_000, staleWhileRevalidateMs: 60_000 },
  },
  transparent: { preset: "transparent" },
  "transparent with fixed freshness": { preset: "transparent", freshness: { freshForMs: 60_000 } },
  "transparent per principal": { preset: "transparent", perPrincipal: true },
};

/** None of them lets a shared cache have an answer to a request with Authorization (RFC 9111 §3.5). */
const CACHING: Record<string, Record<string, string>> = {
  nothing: {},
  "a date of change": { "Last-Modified": MODIFIED },
  "max-age": { "Cache-Control": "max-age=60, stale-while-revalidate=600" },
  private: { "Cache-Control": "private, max-age=60", "Last-Modified": MODIFIED },
};

describe.each(Object.entries(ROUTES))("%s", (_, route) => {
  test.each(Object.entries(CACHING))(
    "users with tokens see only what is theirs, if the source says %s",
    async (_name, fields) => {
      // Without a token the answer is the public one, so it must not be taken from there for one with a token.
      const apart = route.preset === "transparent" ? { ...fields, Vary: "Authorization" } : fields;
      await using front = await startFront(route);
      front.origin.on(accounts(tokenUser, apart));
      await expectOnlyOwn(front, byToken);
    },
  );
});

/** With preset `api` a cookie does not reach the source. With `transparent` a lifetime that the source did not give is not enough. */
const COOKIES: [string, RouteOptions, Record<string, string>][] = [
  ["a guess is not stored", { preset: "transparent" }, { "Last-Modified": MODIFIED }],
  [
    "a lifetime of the route is not enough",
    { preset: "transparent", freshness: { freshForMs: 60_000 } },
    {},
  ],
  ["private is obeyed", { preset: "transparent" }, { "Cache-Control": "private, max-age=60" }],
];

test.each(COOKIES)("users with cookies see only what is theirs: %s", async (_, route, fields) => {
  await using front = await startFront(route);
  front.origin.on(accounts(cookieUser, fields));
  for (const order of [
    ["alice", "bob"],
    ["bob", "alice"],
  ] as User[][]) {
    for (const [name, kind] of Object.entries(KINDS))
      for (const user of order)
        await asks(front, `/${order[0]}/${name.length}`, user, byCookie, kind);
  }
});

test("users with cookies are kept apart where Vary names Cookie, and each is answered from the store", async () => {
  await using front = await startFront({ preset: "transparent" });
  front.origin.on(accounts(cookieUser, { "Cache-Control": "max-age=600", Vary: "Cookie" }));
  for (const order of ORDERS)
    for (const kind of [KINDS.GET, KINDS.HEAD, KINDS.Range] as Kind[])
      for (const user of order) await asks(front, "/doc", user, byCookie, kind);
  expect(front.origin.requests).toHaveLength(3);
});

test("with preset api a cookie does not reach the source, so nobody is anybody", async () => {
  await using front = await startFront({ freshness: { freshForMs: 60_000 } });
  front.origin.on(accounts(cookieUser, {}));
  for (const user of USERS)
    expect((await front.ask("/doc", { headers: byCookie(user) })).text).toBe(SECRETS.nobody);
  expect(front.origin.requests).toHaveLength(1);
});

test("per principal each is answered from the store, and nobody from another's", async () => {
  await using front = await startFront({ perPrincipal: true, freshness: { freshForMs: 60_000 } });
  front.origin.on(accounts(tokenUser, { "Cache-Control": "private" }));
  for (const user of ["alice", "bob", "alice", "bob", "alice"] as User[]) {
    const answer = await front.ask("/doc", { headers: byToken(user) });
    expect(answer.text).toBe(SECRETS[user]);
  }
  expect(front.origin.requests).toHaveLength(2);
});

test("a credential spelled otherwise is another principal", async () => {
  await using front = await startFront({ perPrincipal: true, freshness: { freshForMs: 60_000 } });
  front.origin.on((req, res) => res.end(req.headers.authorization));
  for (const value of [
    "Bearer a",
    "bearer a",
    "Bearer  a",
    "Bearer a,",
    "Bearer A",
    "Basic a",
    "a",
  ])
    expect((await front.ask("/doc", { headers: { Authorization: value } })).text).toBe(value);
});

test("what the source calls public is shared among those with a token, and not given to those without", async () => {
  await using front = await startFront();
  front.origin.on(accounts(tokenUser, { "Cache-Control": "public, max-age=60" }));
  await front.ask("/doc", { headers: byToken("alice") });
  expect((await front.ask("/doc", { headers: byToken("bob") })).text).toBe(SECRETS.alice);
  expect((await front.ask("/doc")).text).toBe(SECRETS.nobody);
});
