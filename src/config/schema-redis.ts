/** Where a Redis is: a URL, Sentinels, or the nodes of a Cluster. */
import { z } from "zod";
import { parseHostAndPort, parseRedisUrl } from "./addresses.ts";
import { integer, list, section, text, toggle } from "./kinds.ts";
import { notes } from "./notes.ts";

const WHAT = "a URL such as redis://127.0.0.1:6379/0, rediss://… or unix:/run/redis.sock";

const url = text(WHAT, (value) => (parseRedisUrl(value) ? undefined : `must be ${WHAT}`));

const addresses = list(
  text("host:port", (value) =>
    parseHostAndPort(value) ? undefined : "must be host:port, such as redis-1:26379",
  ),
  "host:port",
);

const login = {
  username: text("a user name").optional().describe("User of the ACL."),
  password: text("a password")
    .optional()
    .describe("Password of that user, or of the server.")
    .register(notes, { secret: "all" }),
  tls: toggle().default(false).describe("Connect with TLS."),
};

const sentinel = section({
  sentinels: addresses.min(1, "must name at least one").describe("For Sentinels: their addresses."),
  name: text("the name of the group").describe(
    "For Sentinels: the name by which they know the group of servers.",
  ),
  ...login,
  sentinel_password: text("a password")
    .optional()
    .describe("For Sentinels: their own password.")
    .register(notes, { secret: "all" }),
  db: integer(0, 1_000_000).default(0).describe("For Sentinels: number of the database."),
});

const cluster = section({
  nodes: addresses
    .min(1, "must name at least one")
    .describe("For a Cluster: addresses of some of its nodes; the others are found."),
  ...login,
});

export const redisSchema = z
  .union([url, sentinel, cluster], {
    error: `must be ${WHAT}, or a group with \`sentinels\` or \`nodes\``,
  })
  .register(notes, { type: "URL, or a group", secret: "url" });

export type RedisSettings = z.output<typeof redisSchema>;
