/** How a job comes into its lane: BullMQ adds it and it draws its ticket in one write. */
import { createIORedisClient, type IRedisClient, type Job } from "bullmq";
import type { RedisClient } from "../redis/connect.ts";
import { type JoinReply, joinStep, type LaneCall } from "./lane-scripts.ts";

/** `full`: the job has no place, and holds no ticket. `ended`, `gone`: there is nothing to wait for; the second without a record. */
export type Joined =
  | { readonly state: "in"; readonly position: number }
  | { readonly state: "full"; readonly there: number }
  | { readonly state: "ended" | "gone" };

export interface Adding {
  readonly connection: RedisClient;
  readonly at: (lane: string) => LaneCall;
  readonly promote: (ids: readonly string[]) => Promise<void>;
  /** How many jobs of one lane may wait. */
  readonly waiting: number;
}

export function createAdd({ connection, at, promote, waiting }: Adding) {
  const client: IRedisClient = createIORedisClient(connection);
  const settle = async ([state, figure, ...ready]: JoinReply): Promise<Joined> => {
    if (state === "full") return { state, there: figure as number };
    if (state !== "in") return { state };
    await promote(ready as string[]);
    return { state, position: figure as number };
  };
  return async (lane: string, job: Job): Promise<{ id: string; place: Joined }> => {
    const mine = job.id as string;
    const batch = client.pipeline();
    await job.addJob(batch);
    batch.runCommand("evalsha", joinStep.evalsha(at(lane), mine, waiting));
    const [[failure, id], [unplaced, reply]] = (await batch.exec()) as Replies;
    if (failure !== null) throw failure;
    // Another job stands for it, or the server did not know one of the scripts: then the ticket was asked for first, or not at all.
    const joins = id !== mine || unplaced !== null || reply[0] === "gone";
    return { id, place: await settle(joins ? await joinStep(at(lane), id, waiting) : reply) };
  };
}

type Replies = [added: [Error | null, string], joined: [Error | null, JoinReply]];
