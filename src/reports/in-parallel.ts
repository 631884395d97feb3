/** Some things at a time. */

/** Does the work for each, at most `width` at a time, and gives the results in order. The first rejection ends it: nothing further begins. */
export async function inParallel<T, R>(
  all: readonly T[],
  width: number,
  work: (each: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(all.length);
  let next = 0;
  let failed = false;
  const run = async () => {
    while (next < all.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(all[index] as T, index);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, all.length) }, run));
  return results;
}
