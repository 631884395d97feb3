/** Keys made of values, so that two calls share one exactly when they say the same. */
import { hash } from "node:crypto";
import { types } from "node:util";

/** Longest key that is stored as it is, in characters. */
const LONGEST = 400;
/** The end of a key that is stored by its digest; other keys that end like that are too, so that none can pass for a longer one. */
const DIGEST_END = /~[\w-]{43}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * A key of these parts: text stands as it is, but for `:` and `%`, which part keys and escape; everything else is marked with its type, so
 * that 1 and "1" differ. Members of objects are sorted. Throws a `TypeError` for what says nothing about itself: functions, symbols, and
 * instances of classes.
 */
export function keyBy(...parts: readonly unknown[]): string {
  let end = parts.length;
  while (end > 0 && parts[end - 1] === undefined) end--;
  return parts.slice(0, end).map(partOf).join(":");
}

/** What every runtime that we support knows of texts, and the compiler's library for them does not. */
type Text = string & { isWellFormed(): boolean };

/** As it is stored: a long key by its beginning and its digest. Throws a `TypeError` for what is no key. */
export function storedKey(key: string): string {
  if (typeof key !== "string" || key === "")
    throw new TypeError("A key is text that is not empty.");
  if (!(key as Text).isWellFormed()) throw new TypeError("A key is well-formed text.");
  if (key.length <= LONGEST && !DIGEST_END.test(key)) return key;
  // The cut may part a pair of surrogates.
  const start = key.slice(0, LONGEST / 2).replace(LONE_SURROGATE, "");
  return `${start}~${hash("sha256", key, "base64url")}`;
}

function partOf(part: unknown): string {
  return typeof part === "string" ? escapeText(part) : `%${canonical(part, 0)}`;
}

/** `%` begins a mark everywhere, so no text looks like one; alone it is the empty text, which is not the same as nothing. */
function escapeText(text: string): string {
  if (text === "") return "%";
  return text.replace(/[%:]/g, (found) => (found === "%" ? "%%" : "%."));
}

const DEEPEST = 32;

/** Text that is equal exactly for equal values. */
function canonical(value: unknown, depth: number): string {
  if (depth > DEEPEST) throw new TypeError("A key cannot be made of something this deep.");
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "bigint":
      return `${value}n`;
    case "number":
      return Object.is(value, -0) ? "0" : String(value);
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      return value === null ? "null" : canonicalObject(value, depth + 1);
    default:
      throw new TypeError(
        `A key cannot be made of a ${typeof value}: say what it is made of with \`key\`.`,
      );
  }
}

function canonicalObject(value: object, depth: number): string {
  const all = (values: Iterable<unknown>) => Array.from(values, (each) => canonical(each, depth));
  if (Array.isArray(value)) return `[${all(value).join(",")}]`;
  if (types.isDate(value)) return `d${value.getTime()}`;
  if (types.isMap(value)) return `m[${all(value).sort().join(",")}]`;
  if (types.isSet(value)) return `s[${all(value).sort().join(",")}]`;
  if (ArrayBuffer.isView(value)) return `b${hash("sha256", bytesOf(value), "base64url")}`;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError(
      "A key cannot be made of an instance of a class: say what it is made of with `key`.",
    );
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${quoted(name)}=${canonical(member, depth)}`);
  return `{${members.sort().join(",")}}`;
}

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

/** JSON's quotes, with the colon escaped: parts of keys never hold one. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(":", "\\u003a");
}
