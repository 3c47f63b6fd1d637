// One connection to the live endpoint, and the knowledge of whether it still lives: a ping every 20 s, and whoever
// does not answer within 10 s is gone, whatever the browser believes.

const PING_MS = 20_000;
const PATIENCE_MS = 10_000;

/** Open; `heard(message)` for everything said, `lost({code, greeted})` once, when it is over. */
export function openSocket(address, { heard, lost }) {
  const socket = new WebSocket(address);
  let greeted = false;
  let deadline = setTimeout(() => end(0), PATIENCE_MS);
  let pinger = 0;
  let over = false;

  function end(code) {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    clearInterval(pinger);
    socket.close();
    lost({ code, greeted });
  }

  function say(message) {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function ping(patience = PATIENCE_MS) {
    if (!greeted || over) return;
    say({ type: "ping", t: Date.now() });
    clearTimeout(deadline);
    deadline = setTimeout(() => end(0), patience);
  }

  socket.addEventListener("message", ({ data }) => {
    if (over) return;
    const message = JSON.parse(data);
    if (message.type === "hello") {
      greeted = true;
      clearTimeout(deadline);
      pinger = setInterval(ping, PING_MS);
    }
    if (message.type === "pong") clearTimeout(deadline);
    heard(message);
    if (message.type === "hello") ping();
  });
  socket.addEventListener("close", ({ code }) => end(code));
  return { say, ping, close: () => end(1000), get isOver() { return over; } };
}
