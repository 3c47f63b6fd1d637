// A WebSocket server on the package ws: what bench_fanout compares ours with. Obeys one command a line, as
// fanout_server.py does. Its argument is the folder in which ws is installed.
"use strict";

const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");

const { WebSocketServer } = createRequire(`${process.argv[2]}/`)("ws");
const say = (text) => process.stdout.write(`${text}\n`);

const commands = {
  /** Write a text frame of so many bytes to everybody; says when it began, in ns on the machine's monotonic clock. */
  burst(size) {
    const begin = process.hrtime.bigint();
    const data = Buffer.alloc(size - 4, "x");
    say(begin);
    for (const peer of server.clients) peer.send(data, { binary: false });
  },
  cpu() {
    const { user, system } = process.cpuUsage();
    say((user + system) / 1e6);
  },
  rss() {
    global.gc?.();
    say(process.memoryUsage.rss());
  },
};

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 4096, perMessageDeflate: false });
server.on("listening", () => say(server.address().port));
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [name, ...args] = line.split(" ");
  commands[name](...args.map(Number));
});
lines.on("close", () => process.exit());
