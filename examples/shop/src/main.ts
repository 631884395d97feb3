/** A shop that keeps what it reads. Prints what happened, one line each; `REDIS_URL` names a Redis, without it everything is in memory. */
import { createCache } from "warmfront/cache";
import { createPrices } from "./prices.ts";
import { createProducts, Database } from "./products.ts";

const cache = createCache({ namespace: "shop", ttl: "10m" });
cache.on("load", ({ key, outcome }) => process.stdout.write(`made ${key}: ${outcome}\n`));
const database = new Database();
const { find, rename } = createProducts(database, cache);

const kettles = await Promise.all(Array.from({ length: 100 }, () => find(1)));
process.stdout.write(`${kettles.length} readers, ${database.asked} query\n`);

const kettle = await find(1);
process.stdout.write(
  `${kettle?.name} costs ${kettle?.price} since ${kettle?.changedAt.toISOString()}\n`,
);

await rename(1, "Whistling kettle");
process.stdout.write(`now it is the ${(await find(1))?.name}\n`);
process.stdout.write(`product 3: ${await find(3)}\n`);

let asked = 0;
const Prices = createPrices(cache, async (tenant, sku) => {
  asked += 1;
  return tenant.length * 100 + sku.length;
});
const [acme, zenith] = [new Prices("acme"), new Prices("zenith")];
const prices = [await acme.of("tea"), await zenith.of("tea"), await acme.of("tea")];
process.stdout.write(`prices ${prices.join(", ")}, asked ${asked} times\n`);
await acme.reload();
await acme.of("tea");
process.stdout.write(`after reload asked ${asked} times\n`);

const { hits, misses, loads } = cache.stats();
process.stdout.write(`hits ${hits}, misses ${misses}, loads ${loads}\n`);
await cache.close();
