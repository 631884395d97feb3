/** `/auth`: signing in with GitHub and out again. */
import express, { type Request, type Response, type Router } from "express";
import type { OAuth } from "../../github/oauth.ts";
import type { TokenOwner } from "../../github/token-owner.ts";
import type { Logger } from "../../logger.ts";
import type { Sealer } from "../../store/seal.ts";
import type { Sessions } from "../../store/sessions.ts";
import { noteOf } from "../note.ts";
import type { PageProblem } from "../pages/error-page.ts";
import { beginSignIn, openBegun, SIGN_IN_MS, sealBegun } from "./begun.ts";
import type { Cookies } from "./cookies.ts";
import { isOurs } from "./csrf.ts";
import { problems } from "./problems.ts";
import type { WhoOf } from "./who.ts";

export interface SignInOptions {
  readonly oauth: OAuth;
  readonly ownerOf: (token: string) => Promise<TokenOwner>;
  readonly sessions: Sessions;
  readonly cookies: Cookies;
  readonly sealer: Sealer;
  readonly whoOf: WhoOf;
  /** Scheme, host and port of the site. */
  readonly origin: string;
  readonly lifeMs: number;
  readonly fail: (req: Request, res: Response, problem: PageProblem) => void;
  readonly logger: Logger;
  readonly now?: () => number;
}

/** Where GitHub sends visitors back to. */
export const CALLBACK_PATH = "/auth/callback";

export function createSignInRouter(options: SignInOptions): Router {
  const router = express.Router();
  router.use("/auth", (req, res, next) => {
    noteOf(req).outcome = "sign-in";
    res.set({ "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
    next();
  });
  router.get("/auth/login", (req, res) => begin(options, req, res));
  router.get(CALLBACK_PATH, (req, res) => guarded(options, req, res, finish));
  router.post(
    "/auth/logout",
    express.urlencoded({ extended: false, limit: "4kb", parameterLimit: 10 }),
    (req, res) => guarded(options, req, res, signOut),
  );
  return router;
}

type Act = (options: SignInOptions, req: Request, res: Response) => Promise<void>;

/** What fails here fails for want of the store of sessions. */
async function guarded(
  options: SignInOptions,
  req: Request,
  res: Response,
  act: Act,
): Promise<void> {
  try {
    await act(options, req, res);
  } catch (err) {
    options.logger.error({ err }, "A sign-in or sign-out failed");
    options.fail(req, res, problems.sessionsAway);
  }
}

/** Leaves nothing behind but a cookie in the visitor's browser. */
function begin(options: SignInOptions, req: Request, res: Response): void {
  const { oauth, cookies, sealer, now = Date.now } = options;
  const begun = beginSignIn(req.query.return_to, now());
  cookies.begun.set(res, sealBegun(sealer, begun), SIGN_IN_MS);
  res.redirect(302, oauth.authorizeUrl(begun.state, begun.verifier));
}

async function finish(options: SignInOptions, req: Request, res: Response): Promise<void> {
  const { cookies, sealer, sessions, now = Date.now, fail } = options;
  const { state, code, error } = req.query;
  const cookie = cookies.begun.read(req);
  cookies.begun.clear(res);
  const begun = openBegun(sealer, cookie, typeof state === "string" ? state : "", now());
  if (begun === undefined) return fail(req, res, problems.notBegun);
  if (!(await sessions.useOnce(begun.state, SIGN_IN_MS))) return fail(req, res, problems.notBegun);
  if (error !== undefined || typeof code !== "string" || !/^[\x21-\x7e]{1,500}$/.test(code))
    return fail(req, res, error === "access_denied" ? problems.declined : problems.refused);
  await admit(options, req, res, { code, ...begun });
}

async function admit(
  options: SignInOptions,
  req: Request,
  res: Response,
  { code, verifier, returnTo }: { code: string; verifier: string; returnTo: string },
): Promise<void> {
  const { oauth, ownerOf, sessions, cookies, lifeMs, fail, logger } = options;
  const exchanged = await oauth.exchange(code, verifier);
  if ("fault" in exchanged) {
    logger.warn({ fault: exchanged.fault, detail: exchanged.detail }, "GitHub signed nobody in");
    return fail(req, res, problems[exchanged.fault]);
  }
  const owner = await ownerOf(exchanged.token);
  if ("fault" in owner) return fail(req, res, problems.unavailable);
  // Whatever session the browser had before ends: nobody can have slipped the visitor theirs.
  const before = cookies.session.read(req);
  if (before !== undefined) await sessions.end(before);
  cookies.session.set(res, await sessions.begin(owner, exchanged.token), lifeMs);
  res.redirect(303, returnTo);
}

async function signOut(options: SignInOptions, req: Request, res: Response): Promise<void> {
  const { sessions, cookies, whoOf, origin, fail } = options;
  const { session, id } = await whoOf(req);
  if (session !== undefined) {
    if (!isOurs(req, session.csrf, origin)) return fail(req, res, problems.notOurs);
    const everywhere = (req.body as { everywhere?: unknown }).everywhere !== undefined;
    await (everywhere ? sessions.endAll(session.visitor.id) : sessions.end(id));
  }
  cookies.session.clear(res);
  res.redirect(303, "/");
}
