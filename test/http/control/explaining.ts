import { startControlPlane } from "../../helpers/control-plane.ts";
import { type FrontOptions, startFront } from "../../helpers/front.ts";

export const lasting: FrontOptions = {
  freshness: { freshForMs: 60_000, staleWhileRevalidateMs: 60_000, staleIfErrorMs: 600_000 },
};

/** A front, and what its control plane says of requests. */
export async function startExplaining(options: FrontOptions = lasting) {
  const front = await startFront(options);
  const control = await startControlPlane(front);
  return {
    front,
    control,
    async explain(target: string, header: string[] = [], method = "GET") {
      const { status, json } = await control.post("/explain", { url: target, header, method });
      if (status !== 200) throw new Error(json.detail);
      return json;
    },
    async [Symbol.asyncDispose]() {
      await control[Symbol.asyncDispose]();
      await front[Symbol.asyncDispose]();
    },
  };
}
