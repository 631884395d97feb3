import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { createCookies, readCookie } from "../../../src/http/sign-in/cookies.ts";

test.each([
  [undefined, undefined],
  ["", undefined],
  ["s=1", "1"],
  ["a=0; s=1; b=2", "1"],
  ["s = 1 ", "1"],
  ["s=a=b", "a=b"],
  ["s=", undefined],
  ["xs=1", undefined],
  ["s=1; s=2", undefined],
  ["s", undefined],
  ["S=1", undefined],
])("the field %j holds %j", (field, value) => {
  expect(readCookie(field, "s")).toBe(value);
});

function written(secure: boolean): string[] {
  const res = new ServerResponse(new IncomingMessage(new Socket()));
  const { session, begun } = createCookies({ secure });
  session.set(res, "id", 90_500);
  begun.clear(res);
  return res.getHeader("set-cookie") as string[];
}

test("over https the cookies belong to this host alone, and no script reads them", () => {
  expect(written(true)).toEqual([
    "__Host-warmfront-session=id; Max-Age=90; Path=/; HttpOnly; SameSite=Lax; Secure",
    "__Host-warmfront-sign-in=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure",
  ]);
});

test("over plain http the names go without the prefix that browsers would refuse there", () => {
  expect(written(false)).toEqual([
    "warmfront-session=id; Max-Age=90; Path=/; HttpOnly; SameSite=Lax",
    "warmfront-sign-in=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
  ]);
});
