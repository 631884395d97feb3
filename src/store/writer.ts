/** Writing framed values: in order of their fences, a large value in pieces of which none counts before the head stands. */
import { ENTRY_PREFIX, PIECE_PREFIX, pieceKey } from "../redis/keys.ts";
import { createScript } from "../redis/script.ts";
import type { StoreRedis } from "../redis/store-redis.ts";
import {
  addToChecksum,
  FRAME_VERSION,
  HEAD_BYTES,
  INLINE_BYTES,
  PIECE_BYTES,
  pieceCount,
  sealHead,
  startChecksum,
  startHead,
  writeOf,
} from "./frame.ts";

/** `write` names the write, as in `FrameHead`. */
export type Written =
  | { readonly outcome: "written"; readonly write: string }
  | { readonly outcome: "superseded" };

export interface WriteOptions {
  /** Order of writes, from the flight: a value never replaces one with a newer fence. */
  readonly fence: number;
  /** When Redis drops the value. */
  readonly ttlMs: number;
  /** Leave what stands there, whatever its fence: the write is then superseded. */
  readonly ifAbsent?: boolean;
  /** Write only over what has this very fence: the write is superseded by anything else, and by nothing. */
  readonly over?: number;
}

/** How long pieces wait for their head: a writer that stops halfway leaves nothing for longer. */
const HALFWAY_LIFE_MS = 60_000;
/** Ten years: Redis refuses much longer lives. */
const LONGEST_LIFE_MS = 315_360_000_000;

/** Lua for the head at `KEYS[1]`; the offsets are those of the frame. */
const HEAD_LUA = `
local function standing()
  return redis.call('GETRANGE', KEYS[1], 0, ${HEAD_BYTES - 1})
end
local function known(head)
  return #head == ${HEAD_BYTES} and string.sub(head, 1, 3) == 'WF\\${FRAME_VERSION}'
end
local function fenceOf(head)
  return (struct.unpack('>d', string.sub(head, 9, 16)))
end
local function pieces(head)
  local keys = {}
  if not known(head) or string.byte(head, 4) ~= 1 then return keys end
  local write = string.gsub(string.sub(head, 9, 20), '.', function(c) return string.format('%02x', string.byte(c)) end)
  local start = '${PIECE_PREFIX}' .. string.sub(KEYS[1], ${ENTRY_PREFIX.length + 1}) .. ':' .. write .. ':'
  local length = struct.unpack('>I4', string.sub(head, 21, 24))
  for i = 1, math.ceil(length / ${PIECE_BYTES}) do keys[i] = start .. (i - 1) end
  return keys
end
`;

/**
 * ARGV: frame, life in ms, 1 to let whatever stands there stand, the fence of what must stand there or nothing for any. A newer fence stands, unless it lies more than a second in the future: then the clock it came from was wrong,
 * or has been set back since, and it must not hold for ever.
 */
const writeScript = createScript(`${HEAD_LUA}
local old = standing()
local new = string.sub(ARGV[1], 1, ${HEAD_BYTES})
if ARGV[3] == '1' and known(old) then return 0 end
if #ARGV[4] > 0 and not (known(old) and fenceOf(old) == tonumber(ARGV[4])) then return 0 end
if known(old) and fenceOf(old) > fenceOf(new) then
  local t = redis.call('TIME')
  if fenceOf(old) <= (t[1] + 1) * 1000000 + t[2] then return 0 end
end
for _, key in ipairs(pieces(new)) do
  if redis.call('PEXPIRE', key, ARGV[2]) == 0 then return -1 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
for _, key in ipairs(pieces(old)) do redis.call('UNLINK', key) end
return 1
`);

/** ARGV: the head that must stand there, and the newest fence that goes; nothing for any. */
const removeScript = createScript(`${HEAD_LUA}
local old = standing()
if #ARGV[1] > 0 and old ~= ARGV[1] then return 0 end
if #ARGV[2] > 0 and known(old) and fenceOf(old) > tonumber(ARGV[2]) then return 0 end
for _, key in ipairs(pieces(old)) do redis.call('UNLINK', key) end
return redis.call('UNLINK', KEYS[1])
`);

export class Writer {
  readonly #redis: StoreRedis;

  constructor(redis: StoreRedis) {
    this.#redis = redis;
  }

  /** Rejects when Redis does not take it, because it is away or full. */
  async write(redisKey: string, payload: Buffer, options: WriteOptions): Promise<Written> {
    const { fence, ttlMs, ifAbsent = false, over = "" } = options;
    const head = startHead(fence, payload.length);
    const ttl = Math.min(LONGEST_LIFE_MS, Math.max(1, Math.ceil(ttlMs)));
    const whole = payload.length <= INLINE_BYTES;
    let checksum = startChecksum(redisKey, head);
    let stands = false;
    try {
      for (let i = 0; i < pieceCount(payload.length); i++) {
        const piece = payload.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES);
        checksum = addToChecksum(checksum, piece);
        if (!whole) await this.#writePiece(pieceKey(redisKey, writeOf(head), i), piece);
      }
      sealHead(head, checksum);
      const frame = whole ? Buffer.concat([head, payload]) : head;
      const reply = await this.#redis.work((client) =>
        writeScript(client, [redisKey], [frame, ttl, ifAbsent ? 1 : 0, over]),
      );
      stands = reply === 1;
      if (reply === -1) throw new Error("Pieces were evicted before their value was complete.");
      return stands ? { outcome: "written", write: writeOf(head) } : { outcome: "superseded" };
    } finally {
      if (!whole && !stands) this.#dropPieces(redisKey, writeOf(head), payload.length);
    }
  }

  /** How many were there; with `upTo` those that have a newer fence stay. Rejects when Redis is away. */
  async remove(redisKeys: readonly string[], upTo?: number): Promise<number> {
    const counts = await Promise.all(redisKeys.map((redisKey) => this.#remove(redisKey, "", upTo)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Removes what starts with this head, and not what another has written there since. */
  async removeExactly(redisKey: string, blob: Buffer): Promise<void> {
    await this.#remove(redisKey, blob.subarray(0, HEAD_BYTES));
  }

  async #remove(redisKey: string, expected: Buffer | "", upTo?: number): Promise<number> {
    const args = [expected, upTo ?? ""];
    return Number(await this.#redis.work((client) => removeScript(client, [redisKey], args)));
  }

  async #writePiece(key: string, piece: Buffer): Promise<void> {
    await this.#redis.work((client) => client.set(key, piece, "PX", HALFWAY_LIFE_MS));
  }

  /** Their life ends soon anyway, so a failure does not matter. */
  #dropPieces(redisKey: string, write: string, length: number): void {
    for (let i = 0; i < pieceCount(length); i++) {
      const key = pieceKey(redisKey, write, i);
      this.#redis.work((client) => client.unlink(key)).catch(() => {});
    }
  }
}
