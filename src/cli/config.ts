import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { configurationDocs } from "../config/docs.ts";
import { loadSettings } from "../config/load.ts";
import { printSettings, summarizeSettings } from "../config/print.ts";
import { settingsJsonSchema } from "../config/schema.ts";

interface FileOption {
  readonly config?: string;
}

/** `warmfront config check|print|schema|docs` */
export function addConfigCommands(program: Command): void {
  const config = program.command("config").description("check and show the configuration");
  config
    .command("check")
    .description("tell all faults at once (exit code 78), or what is configured")
    .option("-c, --config <file>", "the file to read")
    .action(async (options: FileOption) => {
      write(summarizeSettings(await loadSettings({ argv: options })));
    });
  config
    .command("print")
    .description("the effective settings as YAML, secrets blotted out")
    .option("-c, --config <file>", "the file to read")
    .option("--origins", "behind each value, where it is from")
    .action(async ({ origins, ...options }: FileOption & { readonly origins?: boolean }) => {
      write(printSettings(await loadSettings({ argv: options }), { origins: origins === true }));
    });
  config
    .command("schema")
    .description("JSON Schema of the file, for editors")
    .action(() => write(`${JSON.stringify(settingsJsonSchema(), null, 2)}\n`));
  config
    .command("docs")
    .description("the page docs/configuration.md")
    .action(() => write(configurationDocs(readFileSync(EXAMPLE, "utf8"))));
}

/** Beside `src`, and beside `dist` when built. */
const EXAMPLE = new URL("../../warmfront.example.yaml", import.meta.url);

function write(text: string): void {
  process.stdout.write(text);
}
