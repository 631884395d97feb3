/** How workers hear that a job they run was cancelled: at once by a message, and by a look at the wishes in case one got lost. */
import type { RedisClient } from "../redis/connect.ts";
import { laneKeys } from "../redis/keys.ts";
import { subscribe } from "../redis/subscribe.ts";

export interface CancelWatch {
  /** Ids of the jobs that run in this process. */
  readonly running: ReadonlySet<string>;
  readonly cancel: (id: string) => void;
}

export function watchCancels(
  connection: RedisClient,
  queue: string,
  { running, cancel }: CancelWatch,
) {
  const keys = laneKeys(queue);
  const messages = subscribe(connection, keys.cancels, (id) => {
    if (running.has(id)) cancel(id);
  });
  return {
    async check(): Promise<void> {
      const ids = [...running];
      const wishes = await Promise.all(ids.map((id) => connection.exists(keys.cancel(id))));
      for (const [i, id] of ids.entries()) if (wishes[i] === 1) cancel(id);
    },
    stop: () => messages.stop(),
  };
}
