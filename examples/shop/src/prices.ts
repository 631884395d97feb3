/** The same with decorators. */
import type { Caches } from "warmfront/cache";

/** Prices of one tenant; the tenant is part of every key. */
export function createPrices(cache: Caches, ask: (tenant: string, sku: string) => Promise<number>) {
  class Prices {
    readonly tenant: string;

    constructor(tenant: string) {
      this.tenant = tenant;
    }

    @cache.cached({
      name: "Prices.of",
      ttl: "1m",
      key(this: Prices, sku: string) {
        return [this.tenant, sku];
      },
    })
    async of(sku: string): Promise<number> {
      return ask(this.tenant, sku);
    }

    @cache.invalidates({ patterns: "Prices.of:*" })
    async reload(): Promise<void> {}
  }
  return Prices;
}
