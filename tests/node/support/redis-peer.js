// The Node side of the tests of crates/socketio-redis: a server of socket.io with @socket.io/redis-adapter,
// @socket.io/redis-emitter, and clients of any server. It does what it is told on its standard input, a line of JSON each,
// and answers likewise.
//
//   node redis-peer.js REDIS_URL KEY SPECIFIC_RESPONSES
import { createInterface } from "node:readline";
import { createAdapter } from "@socket.io/redis-adapter";
import { Emitter } from "@socket.io/redis-emitter";
import { createClient } from "redis";
import { Server } from "socket.io";
import { io as connect } from "socket.io-client";

const [url, key, specific] = process.argv.slice(2);

const publishing = createClient({ url });
const subscribed = publishing.duplicate();
const emitting = publishing.duplicate();
// Redis is restarted in some of the tests.
for (const redis of [publishing, subscribed, emitting]) redis.on("error", () => {});
await Promise.all([publishing.connect(), subscribed.connect(), emitting.connect()]);

const server = new Server({ transports: ["websocket"], serveClient: false });
const options = { key, requestsTimeout: 5_000, publishOnSpecificResponseChannel: specific === "true" };
server.adapter(createAdapter(publishing, subscribed, options));
const emitter = new Emitter(emitting, { key });
const clients = new Map();
const heardByServer = [];

for (const namespace of [server.of("/"), server.of("/chat")]) {
  namespace.on("connection", (socket) => {
    socket.data = { name: socket.handshake.auth.name };
    socket.on("join", (room, joined) => {
      socket.join(room);
      joined();
    });
  });
  namespace.on("tell", (...args) => heardByServer.push(pack(args)));
  namespace.on("double", (number, reply) => reply(number * 2));
}

/** Values with bytes at any depth, as JSON. */
function pack(value) {
  if (value instanceof Error) return { $error: value.message, responses: pack(value.responses) };
  if (Buffer.isBuffer(value) || value instanceof Uint8Array) return { $bytes: [...value] };
  if (value instanceof Set) return [...value];
  if (value?.handshake && value.rooms) {
    const { id, data, rooms, handshake } = value;
    return { id, data, rooms: [...rooms], address: handshake.address };
  }
  if (Array.isArray(value)) return value.map(pack);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, pack(of)]));
  return value;
}

function unpack(value) {
  if (Array.isArray(value)) return value.map(unpack);
  if (!value || typeof value !== "object") return value;
  if (value.$bytes) return Buffer.from(value.$bytes);
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, unpack(of)]));
}

const calls = {
  /** Begins to listen; the URL. */
  async listen() {
    server.listen(0);
    return `http://127.0.0.1:${server.httpServer.address().port}`;
  },

  /** Connects a client to any server; its id. It answers `ask` with its name, or never if it is told to be silent. */
  async client({ name, at, namespace = "/", silent = false }) {
    const socket = connect(at + namespace, { transports: ["websocket"], forceNew: true, auth: { name }, reconnection: false });
    const client = { socket, heard: [], ended: undefined };
    clients.set(name, client);
    socket.onAny((event, ...args) => {
      const answer = typeof args.at(-1) === "function" ? args.pop() : undefined;
      client.heard.push([event, ...pack(args)]);
      if (answer && !silent) answer({ name, bytes: Buffer.from([1, 2]) });
    });
    socket.on("disconnect", (reason) => client.heard.push(["disconnect", reason]));
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("connect_error", reject);
    });
    return socket.id;
  },

  /** Has a client join a room by the event that servers in these tests have for it. */
  async join({ name, room }) {
    await clients.get(name).socket.emitWithAck("join", room);
  },

  /** What a client has heard, up to the first event of this name. */
  async heard({ name, until }) {
    const { heard } = clients.get(name);
    for (;;) {
      const at = heard.findIndex(([event]) => event === until);
      if (at >= 0) return heard.splice(0, at + 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },

  /** The next event that this server was sent by another. */
  async told() {
    while (heardByServer.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return heardByServer.shift();
  },

  /** Calls methods, and reads properties, one on what the one before returned. */
  async run({ on, chain }) {
    let at = { server, emitter }[on];
    for (const [name, ...args] of chain) {
      const of = at;
      at = of[name];
      if (typeof at === "function") at = await at.apply(of, unpack(args));
    }
    return pack(at);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { number, call, ...rest } = JSON.parse(line);
  // Not waited for: a call may wait for what another one does.
  calls[call](rest).then(
    (result) => console.log(JSON.stringify({ number, result })),
    (error) => console.log(JSON.stringify({ number, error: pack(error) })),
  );
}
process.exit(0);
