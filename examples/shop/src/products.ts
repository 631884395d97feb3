/** The catalogue: a slow database, and the cache before it. */
import type { Caches } from "warmfront/cache";

export interface Product {
  readonly id: number;
  readonly name: string;
  readonly price: bigint;
  readonly changedAt: Date;
}

/** What stands for a database: it takes its time, and counts how often it is asked. */
export class Database {
  asked = 0;
  readonly #rows = new Map<number, Product>([
    [1, { id: 1, name: "Kettle", price: 2_900n, changedAt: new Date(0) }],
    [2, { id: 2, name: "Teapot", price: 4_500n, changedAt: new Date(0) }],
  ]);

  async find(id: number): Promise<Product | null> {
    this.asked += 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return this.#rows.get(id) ?? null;
  }

  async save(product: Product): Promise<Product> {
    this.#rows.set(product.id, product);
    return product;
  }
}

/** The cached function infers its types: `(id: number) => Promise<Product | null>`. */
export function createProducts(database: Database, cache: Caches) {
  const find = cache.wrap((id: number) => database.find(id), {
    name: "product",
    ttl: "10m",
    staleWhileRevalidate: "1h",
    staleIfError: "1d",
    negativeTtl: "30s",
    tags: (id) => ["products", `product ${id}`],
  });
  const rename = cache.invalidates<unknown, [id: number, name: string]>({
    tags: (id) => `product ${id}`,
  })(async (id: number, name: string) => {
    const product = await database.find(id);
    if (product === null) throw new Error(`There is no product ${id}.`);
    return database.save({ ...product, name, changedAt: new Date() });
  });
  return { find, rename };
}
