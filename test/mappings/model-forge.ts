/** The forge of a random world: in this process, but through the real reading of its answers. */
import { createAsk } from "../../src/mappings/ask.ts";
import { createForge } from "../../src/mappings/forge.ts";
import type { Sent } from "../../src/mappings/send.ts";
import { answerOf, type FakeAnswer, type FakeRepository, MISBEHAVIOURS } from "../helpers/forge.ts";
import {
  fileText,
  type ModelFailure,
  type ModelRepository,
  type ModelWorld,
  REPOSITORIES,
} from "./model-world.ts";
import { type Entry, registered } from "./plugin.ts";
import { ADMIN } from "./start-reaper.ts";

export interface State {
  clock: number;
  truth: ModelRepository[];
}

/** The forge of one run, with what fails in it and what is registered meanwhile. */
export function openForge(
  world: ModelWorld,
  run: number,
  state: State,
  register: (entries: readonly Entry[]) => Promise<void>,
) {
  const failures = new Map(world.failures[run]);
  const flap = world.flaps[run];
  let number = -1;
  const send = async (url: URL): Promise<Sent> => {
    number += 1;
    for (const claim of world.claims.filter((one) => one.run === run && one.request === number)) {
      const name = REPOSITORIES[claim.repository] ?? "";
      const [user = "", repo = ""] = name.split("/");
      const file = { domain: claim.domain, branches: [], enabled: true, style: "block" } as const;
      state.truth[claim.repository] = {
        name,
        exists: true,
        hiddenRuns: 0,
        renamed: false,
        unreadable: false,
        file,
      };
      await register(registered({ domain: claim.domain, user, repo }));
    }
    const outage = url.pathname.includes("/repos/") ? world.outages[run] : undefined;
    const failure = failures.get(number) ?? outage;
    if (failure !== undefined) return fail(failure);
    if (number === flap || number - 1 === flap)
      return received(
        answerOf({ repositories: new Map(), tokens: TOKENS }, "/api/v1/repos/a/b", ADMIN),
      );
    return received(
      answerOf({ repositories: shownIn(run, state.truth), tokens: TOKENS }, url.pathname, token),
    );
  };
  const token = { admin: ADMIN, member: "member", none: undefined }[world.token];
  const ask = createAsk(send, { url: "http://forge.test", attempts: 1, longestWaitMs: 0 });
  return createForge(ask, { hasToken: token !== undefined });
}

const TOKENS = new Map([
  [ADMIN, { login: "root", admin: true }],
  ["member", { login: "zoe" }],
]);

function shownIn(run: number, truth: readonly ModelRepository[]): Map<string, FakeRepository> {
  const shown = new Map<string, FakeRepository>([
    ["new/place", { file: "custom_domain: x.example" }],
  ]);
  for (const { name, exists, hiddenRuns, renamed, unreadable, instead, file } of truth) {
    if (!exists) continue;
    shown.set(name, {
      private: hiddenRuns > run,
      unreadable,
      ...(renamed && { renamedTo: "new/place" }),
      ...(instead !== undefined && { instead }),
      ...(file !== undefined && { file: fileText(file) }),
    });
  }
  return shown;
}

function fail(failure: ModelFailure): Sent {
  if (failure === "silence") return { failed: "no answer in time" };
  return received(MISBEHAVIOURS[failure]());
}

function received({ status, headers, body }: FakeAnswer): Sent {
  const { location } = headers;
  return { status, json: parse(headers, body), ...(location !== undefined && { location }) };
}

function parse(headers: FakeAnswer["headers"], body: string): unknown {
  if (headers["content-type"]?.startsWith("application/json") !== true) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
