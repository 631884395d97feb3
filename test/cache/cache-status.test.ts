import fc from "fast-check";
import { parseList } from "structured-headers";
import { expect, test } from "vitest";
import { type CacheStatus, formatCacheStatus } from "../../src/cache/cache-status.ts";

test.each<[status: CacheStatus, text: string]>([
  [{ hit: true, ttlMs: 376_999 }, "warmfront; hit; ttl=376"],
  [{ hit: true, ttlMs: 0 }, "warmfront; hit; ttl=0"],
  [{ hit: true, ttlMs: -500, detail: "max-stale" }, "warmfront; hit; ttl=-1; detail=max-stale"],
  [{ forward: "uri-miss" }, "warmfront; fwd=uri-miss"],
  [{ forward: "uri-miss", collapsed: true }, "warmfront; fwd=uri-miss; collapsed"],
  [
    { forward: "stale", forwardStatus: 304, ttlMs: 9_000, stored: true },
    "warmfront; fwd=stale; fwd-status=304; ttl=9; stored",
  ],
  [{ forward: "bypass", stored: false, collapsed: false }, "warmfront; fwd=bypass"],
  [{ forward: "request", detail: "a b" }, 'warmfront; fwd=request; detail="a b"'],
  [{ forward: "miss", detail: 'say "\\"' }, 'warmfront; fwd=miss; detail="say \\"\\\\\\""'],
  [{ forward: "miss", detail: "ü\r\nX: 1" }, 'warmfront; fwd=miss; detail="???X: 1"'],
  [{ forward: "miss", detail: "" }, 'warmfront; fwd=miss; detail=""'],
])("%j is written %s", (status, text) => {
  expect(formatCacheStatus(status)).toBe(text);
});

test("whatever the detail, the field reads back as one member of a list", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer(), (detail, ttlMs) => {
      const [member, ...others] = parseList(formatCacheStatus({ hit: true, ttlMs, detail }));
      expect(others).toEqual([]);
      expect(String(member?.[0])).toBe("warmfront");
      expect([...(member?.[1].keys() ?? [])]).toEqual(["hit", "ttl", "detail"]);
    }),
  );
});
