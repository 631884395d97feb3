import { expect, test } from "vitest";
import { noServer } from "../../../src/store/embedded/no-server.ts";

const missing = [
  { name: "valkey-server", because: "not on PATH" },
  { name: "redis-server", because: "/usr/bin/redis-server is 6.0.16, too old" },
];

test("without a server the message says what was looked for and how to get one here", () => {
  const osRelease =
    'PRETTY_NAME="Debian 12"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n';
  const error = noServer({ missing }, "linux", osRelease);
  expect(error.exitCode).toBe(78);
  expect(error.message).toBe(
    `Cannot start: no job store.
Jobs and cache live in Valkey or Redis 6.2 or newer. Looked for:
  valkey-server         not on PATH
  redis-server          /usr/bin/redis-server is 6.0.16, too old
Run script/bootstrap, or install one yourself, then run npm start again:
  Debian 12             sudo apt install redis-server
Or use a server you have:   REDIS_URL=redis://127.0.0.1:6379 npm start`,
  );
});

test.each([
  ["darwin", "", "macOS                 brew install valkey"],
  ["win32", "", "Windows               run inside WSL (Ubuntu 24.04), then as there"],
  [
    "linux",
    'NAME="Debian GNU/Linux"\nVERSION_ID="13"\nID=debian',
    "Debian 13             sudo apt install valkey-server",
  ],
  [
    "linux",
    'NAME="Debian GNU/Linux"\nVERSION_ID="11"\nID=debian',
    "Debian 11             its redis is too old: use another server through REDIS_URL",
  ],
  [
    "linux",
    'NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian',
    "Ubuntu 24.04          sudo apt install redis-server",
  ],
  [
    "linux",
    'NAME="Ubuntu"\nVERSION_ID="22.04"\nID=ubuntu\nID_LIKE=debian',
    "Ubuntu 22.04          its redis is too old: use another server through REDIS_URL",
  ],
  [
    "linux",
    'NAME="Linux Mint"\nVERSION_ID="22"\nID=linuxmint\nID_LIKE="ubuntu debian"',
    "Linux Mint 22         sudo apt install redis-server",
  ],
  [
    "linux",
    'NAME="Debian GNU/Linux"\nID=debian',
    "Debian                sudo apt install redis-server",
  ],
  [
    "linux",
    'NAME="Fedora Linux"\nVERSION_ID=44\nID=fedora',
    "Fedora 44             sudo dnf install valkey",
  ],
  [
    "linux",
    'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="10.0"',
    "Rocky 10.0            sudo dnf install valkey",
  ],
  [
    "linux",
    'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1',
    "Alpine 3.22.1         apk add valkey",
  ],
])("on %s with the release %j the line is: %s", (platform, osRelease, line) => {
  expect(noServer({ missing }, platform, osRelease).message.split("\n").at(-2)).toBe(`  ${line}`);
});

test("on a system that it does not know the message names none", () => {
  const lines = noServer({ missing }, "linux", "ID=plan9\n").message.split("\n");
  expect(lines.at(-2)).toBe(
    "Run script/bootstrap, or install one yourself, then run npm start again:",
  );
});
