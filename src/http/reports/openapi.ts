/** The API of reports as an OpenAPI document. */
import { PERIODS } from "../../reports/chosen-period.ts";
import { reportSchema } from "./openapi-report.ts";

/** The document of the API. `origin`: where it is reached. */
export function openApi(origin: string): object {
  return {
    openapi: "3.1.1",
    info: {
      title: "Warmfront contribution reports",
      version: "1",
      description:
        "Stored reports are read by anybody. Having one made, and deleting those about oneself, needs a session: sign in with a browser, take `csrfToken` from `/api/session`, and send it as `X-CSRF-Token`.",
    },
    servers: [{ url: origin }],
    paths: PATHS,
    components: { schemas: SCHEMAS, securitySchemes: SECURITY },
  };
}

const DAY = { type: "string", format: "date" };

const PARAMETERS = [
  {
    name: "login",
    in: "path",
    required: true,
    description: "GitHub login, in any case.",
    schema: { type: "string", pattern: "^[A-Za-z\\d][A-Za-z\\d_-]{0,38}$" },
  },
  {
    name: "period",
    in: "query",
    description: "A period that ends today.",
    schema: { type: "string", enum: Object.keys(PERIODS), default: "1_year" },
  },
  {
    name: "since",
    in: "query",
    description: "First day of a period of one's own, instead of `period`.",
    schema: DAY,
  },
  { name: "until", in: "query", description: "Its last day; today when absent.", schema: DAY },
];

const JOB_PATH = {
  type: "string",
  pattern: "^/jobs/",
  description: "Where the job tells how it goes.",
};

const SCHEMAS = {
  Report: reportSchema,
  Making: {
    type: "object",
    required: ["job", "state"],
    properties: { job: JOB_PATH, state: { type: "string" } },
  },
  Accepted: {
    type: "object",
    required: ["id", "joined", "status"],
    properties: {
      id: { type: "string", format: "uuid" },
      joined: { type: "boolean", description: "Whether it was being made already." },
      position: {
        type: "integer",
        minimum: 0,
        description: "Reports about the same person before it.",
      },
      status: JOB_PATH,
      result: { type: "string", description: "Where the report will be." },
      cancelKey: { type: "string", description: "Bearer token that cancels the job by DELETE." },
    },
  },
  Session: {
    type: "object",
    required: ["signedIn"],
    properties: {
      signedIn: { type: "boolean" },
      login: { type: "string" },
      csrfToken: { type: "string" },
    },
  },
  Problem: {
    type: "object",
    description: "Problem details (RFC 9457).",
    required: ["type", "title", "status", "detail"],
    properties: {
      type: { type: "string", format: "uri" },
      title: { type: "string" },
      status: { type: "integer" },
      detail: { type: "string" },
      instance: { type: "string", format: "uri" },
    },
  },
};

const SECURITY = {
  session: { type: "apiKey", in: "cookie", name: "__Host-warmfront-session" },
  csrf: { type: "apiKey", in: "header", name: "X-CSRF-Token" },
};

function answer(description: string, schema: keyof typeof SCHEMAS) {
  return {
    description,
    content: { "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } },
  };
}

const REASONS: Readonly<Record<number, string>> = {
  400: "The period is none.",
  401: "Nobody is signed in, or GitHub does not accept the sign-in any more.",
  403: "The token of the session is missing, or the reports are about somebody else.",
  404: "There is no such login, or no report yet.",
  410: "The person has opted out.",
  429: "Too many were asked for; `Retry-After` says when to try again.",
  503: "A store does not answer; `Retry-After` says when to try again.",
};

function problems(...statuses: readonly number[]) {
  const content = {
    "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
  };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: REASONS[status], content }]),
  );
}

const PATHS = {
  "/api/reports/github/{login}": {
    parameters: PARAMETERS,
    get: {
      operationId: "getReport",
      summary: "The stored report.",
      responses: {
        200: answer("The report.", "Report"),
        202: answer("There is none yet; this job makes it.", "Making"),
        ...problems(400, 404, 410, 503),
      },
    },
    post: {
      operationId: "startReport",
      summary: "Has the report made.",
      security: [{ session: [], csrf: [] }],
      parameters: [
        {
          name: "Prefer",
          in: "header",
          description: "`wait=20` waits up to so many seconds for the end (RFC 7240).",
          schema: { type: "string" },
        },
      ],
      responses: {
        202: answer("A job makes it; `Location` is where it tells how it goes.", "Accepted"),
        303: { description: "It is there: `Location` is where." },
        ...problems(400, 401, 403, 404, 410, 429, 503),
      },
    },
    delete: {
      operationId: "deleteReports",
      summary: "Deletes all reports about oneself, whatever their period.",
      security: [{ session: [], csrf: [] }],
      responses: { 204: { description: "They are gone." }, ...problems(401, 403, 503) },
    },
  },
  "/api/session": {
    get: {
      operationId: "getSession",
      summary: "Who is signed in.",
      responses: { 200: answer("The session.", "Session") },
    },
  },
};
