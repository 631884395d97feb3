/** `/items`: how each item is, and refreshing one now. */
import express, { Router } from "express";
import type { ItemFacts, Items } from "../../items/items.ts";
import type { RefreshQueue } from "../../queues/refresh.ts";
import { isoTime } from "../iso-time.ts";
import { answering, badField, storeAway } from "./answer.ts";
import type { ControlPart } from "./app.ts";

export interface ItemsPartOptions {
  readonly items: Items;
  readonly queue: RefreshQueue;
}

export function createItemsPart({ items, queue }: ItemsPartOptions): ControlPart {
  const router = Router();
  router.get(
    "/",
    answering(async () => ({ items: (await items.look()).map(shown) })),
  );
  router.post(
    "/refresh",
    express.json({ limit: "64kb" }),
    answering(async (req) => {
      const item: unknown = req.body?.item;
      if (typeof item !== "string" || items.settingsOf(item) === undefined)
        throw badField("item", "must be the path of an item");
      return queue.enqueue({ item }).catch(() => {
        throw storeAway("The queue's Redis does not answer, so nothing was asked for.");
      });
    }),
  );
  return {
    path: "/items",
    title: "Items",
    about: "When each item was good, and how its source does.",
    router,
  };
}

function shown({ goodAt, ...facts }: ItemFacts): object {
  return { ...facts, ...(goodAt !== undefined && { goodAt: isoTime(goodAt) }) };
}
