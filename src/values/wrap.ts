/** Functions and methods whose results are kept, and such that invalidate. */
import { keyBy } from "./key.ts";
import type { Call } from "./load.ts";
import { type CallRules, callOf, type LoadOptions } from "./options.ts";

/** What a key is made of: text as it stands behind the function's name, or values for `keyBy`. */
export type KeyParts = string | readonly unknown[];

export interface KeyRules<This, A extends unknown[]> {
  /** What the key is made of besides the name. Must hold everything that the result depends on: the tenant, the user, the language. */
  readonly key?: (this: This, ...args: A) => KeyParts;
  /** The method does not depend on its instance. */
  readonly ignoreThis?: boolean;
}

export interface WrapOptions<A extends unknown[], R> extends Omit<LoadOptions<R>, "tags"> {
  /** What keys begin with; the function's name when absent. */
  readonly name?: string;
  /** What the key is made of besides the name; all arguments when absent. */
  readonly key?: (...args: A) => KeyParts;
  readonly tags?: readonly string[] | ((...args: A) => readonly string[]);
}

export interface Wrapped<A extends unknown[], R> {
  (...args: A): Promise<R>;
  /** The key of a call with these arguments. */
  keyOf(...args: A): string;
  /** Removes the result of these arguments. */
  invalidate(...args: A): Promise<void>;
}

/** Texts, or a function of the call that gives them. */
type Texts<This, A extends unknown[]> =
  | string
  | readonly string[]
  | ((this: This, ...args: A) => string | readonly string[]);

/** What a successful call makes invalid. */
export interface Invalidates<This, A extends unknown[]> {
  readonly keys?: Texts<This, A>;
  readonly tags?: Texts<This, A>;
  readonly patterns?: Texts<This, A>;
}

/** For a method (TC39 decorators) or a function. */
export type Decorator<This, A extends unknown[]> = <
  F extends (this: This, ...args: A) => Promise<unknown>,
>(
  fn: F,
  context?: ClassMethodDecoratorContext,
) => F;

/** What is needed of a cache. */
export interface Wrapping {
  readonly names: Names;
  readonly enabled: boolean;
  /** Throws a `TypeError` for options that are wrong. */
  rulesOf<T>(options: LoadOptions<T>): CallRules;
  get(call: Call): Promise<unknown>;
  delete(key: string): Promise<number>;
}

interface Invalidating {
  delete(keys: readonly string[]): Promise<number>;
  invalidateTag(...tags: readonly string[]): Promise<void>;
  clearPattern(pattern: string): Promise<number>;
}

export function wrap<A extends unknown[], R>(
  cache: Wrapping,
  fn: (...args: A) => R | Promise<R>,
  options: WrapOptions<A, R>,
): Wrapped<A, R> {
  const { key, tags: said, name: given, ...rest } = options;
  const name = claimName(cache.names, given, fn.name);
  const rules = cache.rulesOf(rest);
  const keyOf = (...args: A) => keyFor(name, key === undefined ? args : key(...args));
  const call = async (...args: A): Promise<R> => {
    if (!cache.enabled) return fn(...args);
    const tags = typeof said === "function" ? said(...args) : (said ?? []);
    const load = () => fn(...args);
    return cache.get(callOf(rules, { key: keyOf(...args), load, tags })) as Promise<R>;
  };
  const invalidate = async (...args: A) => {
    await cache.delete(keyOf(...args));
  };
  return Object.assign(call, { keyOf, invalidate });
}

export function decorate<This, A extends unknown[]>(
  cache: Wrapping,
  options: WrapOptions<A, unknown> & KeyRules<This, A>,
): Decorator<This, A> {
  const { key, tags: said, name: given, ignoreThis = false, ...rest } = options;
  const rules = cache.rulesOf(rest);
  return (fn, context) => {
    if (context !== undefined && !context.static && key === undefined && !ignoreThis)
      throw new TypeError(
        "A cached method needs `key`, which says what of the instance its result depends on, or `ignoreThis: true`.",
      );
    if (context !== undefined && given === undefined)
      throw new TypeError("A cached method needs a `name`, such as its class and its own.");
    const name = claimName(cache.names, given, fn.name);
    // A method's type says its `this` and arguments; here they are only passed on.
    const bound = async function (this: This, ...args: A): Promise<unknown> {
      if (!cache.enabled) return fn.apply(this, args);
      const parts = key === undefined ? args : (key as KeyOf<This, A>).apply(this, args);
      const tags = typeof said === "function" ? said(...args) : (said ?? []);
      const load = () => fn.apply(this, args);
      return cache.get(callOf(rules, { key: keyFor(name, parts), load, tags }));
    };
    return bound as typeof fn;
  };
}

type KeyOf<This, A extends unknown[]> = (this: This, ...args: A) => KeyParts;

export function invalidating<This, A extends unknown[]>(
  cache: Invalidating,
  { keys, tags, patterns }: Invalidates<This, A>,
): Decorator<This, A> {
  return (fn) => {
    const bound = async function (this: This, ...args: A): Promise<unknown> {
      const result = await fn.apply(this, args);
      const say = (texts: Texts<This, A> | undefined) => textsOf(texts, this, args);
      await Promise.all([
        cache.delete(say(keys)),
        cache.invalidateTag(...say(tags)),
        ...say(patterns).map((pattern) => cache.clearPattern(pattern)),
      ]);
      return result;
    };
    return bound as typeof fn;
  };
}

function textsOf<This, A extends unknown[]>(
  texts: Texts<This, A> | undefined,
  self: This,
  args: A,
): readonly string[] {
  const said = typeof texts === "function" ? texts.apply(self, args) : (texts ?? []);
  return typeof said === "string" ? [said] : said;
}

function keyFor(name: string, parts: KeyParts): string {
  const tail = typeof parts === "string" ? parts : keyBy(...parts);
  return tail === "" ? name : `${name}:${tail}`;
}

/** Who a name belongs to: a name that was given may be used again, because whoever gives it twice means the same. */
export type Names = Map<string, "given" | "own">;

function claimName(names: Names, given: string | undefined, own: string): string {
  const name = given ?? own;
  if (name === "") throw new TypeError("A cached function needs a name: give it one with `name`.");
  const kind = given === undefined ? "own" : "given";
  const owner = names.get(name) ?? kind;
  if (owner !== kind || (kind === "own" && names.has(name)))
    throw new TypeError(
      `Two cached functions are called ${name}: tell them apart with \`name\`, or they would share their keys.`,
    );
  const other = names.has(name) ? undefined : lookalike(names, name);
  if (other !== undefined)
    throw new TypeError(
      `Cached functions are called ${name} and ${other}: the arguments of one could make a key of the other. Name one of them otherwise.`,
    );
  names.set(name, kind);
  return name;
}

/** A name that begins with the other one and a colon, as the keys of that one do. */
function lookalike(names: Names, name: string): string | undefined {
  for (const other of names.keys())
    if (name.startsWith(`${other}:`) || other.startsWith(`${name}:`)) return other;
  return undefined;
}
