import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { RetryAt } from "../../src/queues/retry.ts";
import { startBrowser } from "../helpers/browser.ts";
import { payload } from "../helpers/jobs.ts";
import { startControl } from "../http/control/start.ts";

/** A job that is done and a job that waits for its source, with a log line each. */
async function oneOfEach({ jobs }: Awaited<ReturnType<typeof startControl>>) {
  const queue = await jobs.queue();
  jobs.worker(async ({ route }, { log, progress }) => {
    progress({ step: "asking the source" });
    log("GET /express?token=s3cret");
    if (route === "limited") throw new RetryAt(Date.now() + 600_000);
    progress(100);
    return { outcome: "stored" };
  });
  const done = await queue.enqueue(payload());
  const delayed = await queue.enqueue({ ...payload(), route: "limited" });
  await expect.poll(() => jobs.state(done.jobId)).toBe("completed");
  await expect.poll(() => jobs.state(delayed.jobId)).toBe("delayed");
  return { done: done.jobId, delayed: delayed.jobId };
}

test("an operator goes from the index to the refresh queue and sees what is done, what waits, and a job's log", async () => {
  await using control = await startControl();
  await using browser = await startBrowser();
  const { page } = browser;
  const { done, delayed } = await oneOfEach(control);

  await page.goto(control.url);
  await page.getByRole("link", { name: "Jobs" }).click();
  await page
    .getByRole("link", { name: /refresh/i })
    .first()
    .click();
  await page
    .getByRole("link", { name: /completed/i })
    .first()
    .click();
  await page.getByText(done).first().waitFor();
  await page
    .getByRole("link", { name: /delayed/i })
    .first()
    .click();
  await page.getByText(delayed).first().waitFor();
  await page.goto(`${control.url}/board/queue/refresh/${done}`);
  await page
    .getByText(/^Logs$/)
    .first()
    .click();
  await page.getByText("GET /express?…").first().waitFor();

  expect(await page.content()).not.toContain("s3cret");
  expect(browser.errors).toEqual([]);
});

test("an operator pauses the queue on the board", async () => {
  await using control = await startControl();
  await using browser = await startBrowser();
  const { page } = browser;
  await page.goto(`${control.url}/board/queue/refresh`);
  await page.locator("[aria-haspopup=menu]").click();
  await page.getByRole("menuitem", { name: /pause/i }).click();
  await page.getByRole("button", { name: /confirm/i }).click();
  await expect.poll(() => control.jobs.inspected.isPaused(), { timeout: 10_000 }).toBe(true);
});

test("a browser asks for the token and opens the board with it", async () => {
  await using control = await startControl({ token: "s3cret" });
  await using stranger = await startBrowser();
  expect((await stranger.page.goto(`${control.url}/board`).catch(() => null))?.status()).not.toBe(
    200,
  );
  await using browser = await startBrowser({
    credentials: { username: "ops", password: "s3cret" },
  });
  await browser.page.goto(`${control.url}/board`);
  await browser.page
    .getByRole("link", { name: /refresh/i })
    .first()
    .waitFor();
});

test.each(["localhost", "127.0.0.1"])(
  "a page of another origin (%s) can neither change anything nor frame the board",
  async (name) => {
    await using control = await startControl();
    await using browser = await startBrowser();
    const { page } = browser;
    const target = `${control.url}/board/api/queues/refresh`;
    await using evil = await servePage(`
    <iframe src="${control.url}/board" name="framed"></iframe>
    <form method="post" action="${target}/pause"><button>Win a prize</button></form>`);
    await page.goto(evil.url(name));
    const reached = await page.evaluate(async (url) => {
      const sent = fetch(url, { method: "PUT" });
      return sent.then(
        () => true,
        () => false,
      );
    }, `${target}/pause`);
    expect(reached).toBe(false);
    expect(page.frame("framed")?.url()).not.toContain("/board");
    const answered = page.waitForResponse(`${target}/pause`);
    await page.getByRole("button").click();
    expect((await answered).status()).toBe(403);
    expect(await control.jobs.inspected.isPaused()).toBe(false);
  },
);

async function servePage(body: string) {
  const server = createServer((_req, res) => {
    res.setHeader("Content-Type", "text/html");
    res.end(`<!doctype html>${body}`);
  });
  server.listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: (name: string) => `http://${name}:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
