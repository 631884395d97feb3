/** The rules of `budget-state.ts`, `budget-learn.ts` and `breaker.ts` as one step in Redis, whose clock counts. Both keep the same JSON. */
import { createScript } from "../redis/script.ts";
import { PROBE_MS } from "./breaker.ts";
import { SLOTS } from "./budget-rate.ts";

const HEAD = `
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function read(key, otherwise)
  return cjson.decode(redis.call('GET', key) or otherwise)
end
local SOURCE = '{"breaker":{"state":"closed","row":0,"since":0,"answers":0,"failed":0,"opened":0,"until":0},"slots":{},"evenAt":0}'
local POOL = '{"restUntil":0,"strikes":0,"resetAt":0,"out":0}'
local function renew(pool, now)
  if not pool.remaining or now < pool.resetAt then return pool end
  return {restUntil = pool.restUntil, strikes = pool.strikes, resetAt = 0, out = 0}
end
`;

/**
 * KEYS: source, pool, requests under way. ARGV: now or nothing, limits as JSON, percentage kept from this class, name of this request, how
 * long it counts as under way, how long a source is remembered. Answers whether, when, why, now, source, pool, requests under way.
 */
export const takeScript = createScript(`${HEAD}
local now = clock(ARGV[1])
local limits = cjson.decode(ARGV[2])
local percent = tonumber(ARGV[3])
local source = read(KEYS[1], SOURCE)
local pool = renew(read(KEYS[2], POOL), now)
local breaker = source.breaker
local rate = limits.rate
local busy = 0
local function kept(all)
  if not all then return 0 end
  return math.max(0, math.min(math.ceil(all * percent / 100), all - 1))
end
local seen, total = {}, 0
if rate then
  local current = math.floor(now * ${SLOTS} / rate.perMs)
  for slot, count in pairs(source.slots) do
    if math.abs(tonumber(slot) - current) <= ${SLOTS} then
      seen[slot] = count
      total = total + count
    end
  end
end
source.slots = seen
if rate and limits.burst and source.evenAt > math.ceil(now + limits.burst * rate.perMs / rate.count) then
  source.evenAt = 0
end
local function free_at(most)
  local order = {}
  for slot in pairs(seen) do order[#order + 1] = tonumber(slot) end
  table.sort(order)
  local left = total
  for _, slot in ipairs(order) do
    left = left - seen[string.format('%.0f', slot)]
    if left < most then return math.ceil((slot + ${SLOTS} + 1) * rate.perMs / ${SLOTS}) end
  end
  return now
end
local function held()
  if breaker.state ~= 'closed' and now < breaker['until'] then
    if breaker.state == 'half-open' then return math.min(breaker['until'], now + 1000), 'breaker' end
    return breaker['until'], 'breaker'
  end
  if now < pool.restUntil then return pool.restUntil, 'rest' end
  if pool.remaining then
    if pool.remaining <= 0 then return pool.resetAt, 'spent' end
    if pool.remaining <= kept(pool.limit) then return pool.resetAt, 'reserved' end
  end
  if rate then
    local most = rate.count - kept(rate.count)
    if total >= most then return free_at(most), total >= rate.count and 'rate' or 'reserved' end
    if limits.burst then
      local at = math.ceil(source.evenAt - (limits.burst - 1) * rate.perMs / rate.count)
      if now < at then return at, 'rate' end
    end
  end
  if limits.concurrency then
    redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
    busy = redis.call('ZCARD', KEYS[3])
    if busy >= limits.concurrency then return now + 50, 'concurrency' end
    if busy >= limits.concurrency - kept(limits.concurrency) then return now + 50, 'reserved' end
  end
end
local at, reason = held()
if at then return {0, at, reason, now, cjson.encode(source), cjson.encode(pool), busy} end
local changed = rate
local even = source.evenAt
if breaker.state ~= 'closed' then
  breaker.state = 'half-open'
  breaker['until'] = now + ${PROBE_MS}
  changed = true
end
source.evenAt = 0
if rate then
  local slot = string.format('%.0f', math.floor(now * ${SLOTS} / rate.perMs))
  seen[slot] = (seen[slot] or 0) + 1
  if limits.burst then
    source.evenAt = math.ceil(math.max(even, now) + rate.perMs / rate.count)
  end
end
if changed then redis.call('SET', KEYS[1], cjson.encode(source), 'PX', ARGV[6]) end
if pool.remaining then
  pool.remaining = pool.remaining - 1
  pool.out = pool.out + 1
  redis.call('SET', KEYS[2], cjson.encode(pool), 'PX', math.max(pool.restUntil, pool.resetAt) - now + 60000)
end
if limits.concurrency then
  redis.call('ZADD', KEYS[3], now + ARGV[5], ARGV[4])
  redis.call('PEXPIRE', KEYS[3], ARGV[5])
  busy = busy + 1
end
return {1, 0, '', now, cjson.encode(source), cjson.encode(pool), busy}
`);

/**
 * KEYS: source, pool, names of pools. ARGV: now or nothing, what was learned as JSON, success, failure, poor or nothing, settings of the breaker as
 * JSON, name of the pool, how long a source is remembered, most pools. Answers now, source, pool.
 */
export const tellScript = createScript(`${HEAD}
local now = clock(ARGV[1])
local learned = cjson.decode(ARGV[2])
local outcome = ARGV[3]
local settings = cjson.decode(ARGV[4])
local source = read(KEYS[1], SOURCE)
local breaker = source.breaker
local before = redis.call('GET', KEYS[2])
local pool = renew(read(KEYS[2], POOL), now)
local function count()
  if now < breaker.since + settings.windowMs then return end
  breaker.since = now
  breaker.answers = 0
  breaker.failed = 0
end
local function answer()
  if outcome == 'success' then
    if breaker.state ~= 'closed' then
      source.breaker = {state = 'closed', row = 0, since = now, answers = 0, failed = 0, opened = 0, ['until'] = 0}
      return true
    end
    count()
    breaker.row = 0
    breaker.opened = 0
    breaker.answers = breaker.answers + 1
    return true
  end
  if outcome == '' and breaker.state == 'half-open' then
    breaker.state = 'open'
    breaker['until'] = now
    return true
  end
  if (outcome ~= 'failure' and outcome ~= 'poor') or breaker.state == 'open' then return false end
  count()
  if outcome == 'failure' then breaker.row = breaker.row + 1 end
  breaker.answers = breaker.answers + 1
  breaker.failed = breaker.failed + 1
  local enough = breaker.row >= settings.failures
    or (breaker.answers >= settings.least and breaker.failed >= breaker.answers * settings.share)
  if breaker.state == 'closed' and not enough then return true end
  local pause = math.min(settings.longestMs, settings.pauseMs * 2 ^ math.min(breaker.opened, 20))
  breaker.state = 'open'
  breaker.opened = breaker.opened + 1
  breaker['until'] = now + pause
  return true
end
if answer() then redis.call('SET', KEYS[1], cjson.encode(source), 'PX', ARGV[6]) end
local strike = learned.guessMs and now >= pool.restUntil
local guess = 0
if strike then
  pool.strikes = pool.strikes + 1
  guess = math.min(learned.guessMs * 2 ^ math.min(pool.strikes - 1, 10), math.max(60000, learned.guessMs * 16))
elseif learned.well then
  pool.strikes = 0
end
local rest = learned.restMs or guess
if rest > 0 then pool.restUntil = math.max(pool.restUntil, now + rest) end
pool.out = math.max(0, pool.out - 1)
local told = learned.limit
if told then
  pool.limit = told.limit or pool.limit
  local left = told.remaining - pool.out
  local reset = now + told.resetMs
  if not pool.remaining or reset > pool.resetAt + 2000 or left <= pool.remaining then
    pool.remaining = left
    pool.resetAt = reset
  else
    pool.remaining = pool.remaining + 1
  end
end
local life = math.max(pool.restUntil, pool.resetAt) - now
if life > 0 or pool.strikes > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
  -- The names of pools of credentials come from clients: they leave room for the source as a whole.
  local ours = not string.find(ARGV[5], ':', 1, true)
  if before or ours or redis.call('ZCARD', KEYS[3]) < tonumber(ARGV[7]) then
    life = math.max(life, 0) + 60000
    redis.call('SET', KEYS[2], cjson.encode(pool), 'PX', life)
    redis.call('ZADD', KEYS[3], now + life, ARGV[5])
    redis.call('PEXPIRE', KEYS[3], math.max(redis.call('PTTL', KEYS[3]), life))
  end
elseif before then
  redis.call('DEL', KEYS[2])
  redis.call('ZREM', KEYS[3], ARGV[5])
end
return {now, cjson.encode(source), cjson.encode(pool)}
`);
