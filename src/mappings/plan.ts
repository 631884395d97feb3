/** A dry run on paper, to be looked at and then carried out: that, and nothing beyond it. */
import { z } from "zod";
import { brake } from "./brake.ts";
import { type Census, takeCensus } from "./census.ts";
import type { Dead, DeadMapping } from "./judging.ts";
import { type Mapping, parseMapping, repositoryOf } from "./mapping.ts";
import { removeAll } from "./reap.ts";
import { heedBrake, inRun, type ReapOptions, type ReapTools } from "./run.ts";
import type { MappingLine, ReapSummary } from "./summary.ts";
import { fateOf, VERDICTS } from "./verdict.ts";

const planSchema = z.strictObject({
  version: z.literal(1),
  /** The dry run that it comes from. */
  run: z.string(),
  /** Whose word it goes by: the forge's address. */
  forge: z.string(),
  removals: z.array(
    z.strictObject({
      domain: z.string(),
      repository: z.string(),
      branch: z.string().optional(),
      verdict: z.enum(VERDICTS),
      /** The keys that may go with it. */
      keys: z.array(z.string()),
    }),
  ),
});

export type Plan = z.infer<typeof planSchema>;

/** What the lines of a dry run would remove. */
export function planOf(
  summary: Pick<ReapSummary, "run">,
  forge: string,
  lines: readonly MappingLine[],
): Plan {
  const removals = lines.flatMap(({ domain, repository = "", branch, verdict, action, keys }) =>
    action === "would-remove"
      ? [{ domain, repository, verdict, keys: [...(keys ?? [])], ...(branch && { branch }) }]
      : [],
  );
  return { version: 1, run: summary.run, forge, removals };
}

/** Throws when the text is no plan. */
export function parsePlan(text: string): Plan {
  return planSchema.parse(JSON.parse(text));
}

/** Removes what the plan names, as far as it is still dead and still the same. Never rejects. */
export async function applyPlan(
  plan: Plan,
  tools: ReapTools,
  options: Omit<ReapOptions, "mode">,
): Promise<ReapSummary> {
  return inRun(tools, { ...options, mode: "apply" }, tools.forge.probe, async (run) => {
    const { tally, signal } = run;
    const census = await takeCensus(tools.client, tools.names, { signal });
    tally.scanned(census.total);
    const { dead, only } = stillThere(plan, census);
    const figures = { mappings: census.total, dead: only.size, asked: 0, unsure: 0 };
    const held = brake(figures, tools.limits.brake);
    heedBrake(held, run, options);
    await removeAll(dead, census, tools, { ...run, only });
    return undefined;
  });
}

function stillThere(plan: Plan, census: Census) {
  const dead = new Map<string, DeadMapping[]>();
  const only = new Map<string, ReadonlySet<string>>();
  for (const { domain, repository, branch, verdict, keys } of plan.removals) {
    const mapping = readMapping(domain, repository, branch);
    if (mapping === undefined || fateOf({ kind: verdict }) !== "dead") continue;
    const claims = census.repositories.get(repositoryOf(mapping)) ?? [];
    if (!claims.some((claim) => claim.domain === domain && claim.branch === branch)) continue;
    dead.set(repository, [
      ...(dead.get(repository) ?? []),
      { mapping, verdict: { kind: verdict } },
    ]);
    only.set(domain, new Set(keys));
  }
  return { dead: dead as Dead, only };
}

/** Held to the same rules as what stands in Redis. */
function readMapping(domain: string, repository: string, branch?: string): Mapping | undefined {
  const owner = repository.replace("/", ":");
  const parsed = parseMapping(domain, branch === undefined ? owner : `${owner}:${branch}`);
  return "mapping" in parsed ? parsed.mapping : undefined;
}
