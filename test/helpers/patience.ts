import { vi } from "vitest";

// A busy machine is slow, not broken: conditions are waited for ten seconds and not one, unless a test says how long.
const { waitFor } = vi;
vi.waitFor = (callback, options = { timeout: 10_000 }) => waitFor(callback, options);
