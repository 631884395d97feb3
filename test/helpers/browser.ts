import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chromium, type Page } from "playwright-core";

/** A real browser with one page, which reaches nothing outside of this machine. */
export interface TestBrowser extends AsyncDisposable {
  readonly page: Page;
  /** What the page wrote to its console as errors, refusals of its content security policy included. */
  readonly errors: readonly string[];
}

export interface BrowserOptions {
  readonly credentials?: { readonly username: string; readonly password: string };
}

export async function startBrowser({ credentials }: BrowserOptions = {}): Promise<TestBrowser> {
  const profile = await mkdtemp(join(tmpdir(), "warmfront-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    headless: true,
    chromiumSandbox: false,
    viewport: { width: 1280, height: 900 },
    ...(credentials !== undefined && { httpCredentials: credentials }),
    args: [
      ...["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync"],
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => void errors.push(String(error)));
  return {
    page,
    errors,
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** From PATH. A test without its browser fails: it would prove nothing. */
function findChromium(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    "No Chromium on PATH. script/bootstrap --test installs it; the tests in test/browser need it.",
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
