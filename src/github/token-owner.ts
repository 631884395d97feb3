/** Whose token it is. */
import { request } from "undici";
import { z } from "zod";

export type TokenOwner =
  | { readonly id: number; readonly login: string }
  /** `invalid`: GitHub does not take the token, or no longer. */
  | { readonly fault: "invalid" | "unavailable" };

const user = z.object({ id: z.int(), login: z.string().regex(/^[\w-]{1,100}$/) });
const LIMIT_MS = 10_000;

/** Asks GitHub's REST API, whose base address is `apiUrl`. */
export async function ownerOf(token: string, apiUrl: string): Promise<TokenOwner> {
  try {
    const { statusCode, body } = await request(`${apiUrl}/user`, {
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "user-agent": "warmfront",
        "x-github-api-version": "2022-11-28",
      },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (statusCode === 401) {
      await body.dump();
      return { fault: "invalid" };
    }
    const { id, login } = user.parse(await body.json());
    return { id, login };
  } catch {
    return { fault: "unavailable" };
  }
}
