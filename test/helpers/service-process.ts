/**
 * A process that is nothing but a service: `service-process.ts <drainMs> <part>…`. A part is what its closing does:
 * `quick`, `hang`, or `throw`; `setup-error`, `bug` and `reject` are what its start does.
 */
import { createServer } from "node:http";
import { SetupError } from "../../src/errors.ts";
import { createLogger } from "../../src/logger.ts";
import { runService } from "../../src/service.ts";

const [drainMs, ...parts] = process.argv.slice(2);

await runService({
  name: "test",
  logger: createLogger({ level: "info", pretty: false }),
  drainMs: Number(drainMs),
  async start(scope) {
    const server = createServer().listen(0, "127.0.0.1");
    scope.onClose("server", () => server.close());
    for (const part of parts) {
      if (part === "setup-error") throw new SetupError("Cannot start: port 8888 is in use.");
      if (part === "bug") throw new TypeError("x is not a function");
      if (part === "reject") setImmediate(() => Promise.reject(new Error("nobody waited for me")));
      scope.onClose(part, () => {
        process.stdout.write(`closing ${part}\n`);
        if (part === "throw") throw new Error("cannot close");
        if (part === "hang") return new Promise(() => undefined);
      });
    }
    process.stdout.write("started\n");
  },
});
