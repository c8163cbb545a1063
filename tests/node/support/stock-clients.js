// Many clients of the real socket.io-client in one process, for tests that are written elsewhere: they tell it by lines on
// standard input what to do, and hear by lines on standard output what comes, both as Socket.IO packets of protocol 5.
//
//   {"line": 1, "open": "https://localhost:1", "transports": ["polling"]}   a client that is not connected yet
//   {"line": 1, "packet": "40{\"token\":…}"}                                it connects with this `auth`
//   {"line": 1, "packet": "427[\"message:send\",{…}]"}                      it sends an event and wants an answer
//   {"line": 1, "close": true}                                             it is cut off without a word
//
//   {"line": 1, "packet": "43…"}, {"line": 1, "end": "transport close"}    what comes, and why nothing more will
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const clients = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.open) open(order);
  else if (order.close) close(order.line);
  else send(order.line, order.packet);
}
process.exit();

function open({ line, open: url, transports }) {
  const socket = io(url, { autoConnect: false, forceNew: true, reconnection: false, transports });
  clients.set(line, socket);
  const tell = (packet) => clients.get(line) === socket && say({ line, packet });
  const end = (why) => {
    if (clients.get(line) !== socket) return;
    clients.delete(line);
    say({ line, end: why });
    socket.disconnect();
  };
  socket.on("connect", () => tell("40{}"));
  socket.on("connect_error", (error) => {
    // What the server refuses says why; what does not reach it does not.
    if (!error.data) return end(`${error.type ?? "Error"}: ${error.description?.message ?? error.message}`);
    tell(`44${JSON.stringify({ message: error.message, data: error.data })}`);
  });
  socket.on("disconnect", (reason, details) => end([reason, details?.description, details?.context?.status].join(" ")));
  socket.onAny((...event) => tell(`42${JSON.stringify(event)}`));
  // The handshake is the client's own affair.
  say({ line, packet: "0{}" });
}

function send(line, packet) {
  const socket = clients.get(line);
  if (!socket) return;
  const [, id, rest] = /^4[02](\d*)(.*)$/s.exec(packet);
  if (packet.startsWith("40")) {
    socket.auth = JSON.parse(rest);
    socket.connect();
    return;
  }
  const event = JSON.parse(rest);
  if (id === "") socket.emit(...event);
  else socket.emit(...event, (...answer) => clients.get(line) === socket && say({ line, packet: `43${id}${JSON.stringify(answer)}` }));
}

function close(line) {
  const socket = clients.get(line);
  if (!socket) return;
  clients.delete(line);
  // Without a word: what the server hears is that the connection is gone.
  socket.io.engine?.transport?.ws?.terminate?.();
  socket.io.engine?.close();
}

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
