/** The origin of a benchmark. */
import { createServer } from "node:http";

let count = 0;
const bodies = new Map<number, Buffer>();

function bodyOf(size: number): Buffer {
  const known = bodies.get(size);
  if (known !== undefined) return known;
  const made = Buffer.alloc(size, "warm");
  bodies.set(size, made);
  return made;
}

const server = createServer((req, res) => {
  if (req.url === "/count") {
    res.end(String(count));
    return;
  }
  count++;
  const size = Number(/\/size\/(\d+)\//.exec(req.url as string)?.[1] ?? 0);
  const delay = Number(/[?&]delay=(\d+)/.exec(req.url as string)?.[1] ?? 0);
  const answer = () => {
    res.writeHead(200, { "Content-Type": "application/json", "Content-Length": size });
    res.end(bodyOf(size));
  };
  if (delay === 0) answer();
  else setTimeout(answer, delay);
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2]), "127.0.0.1");
