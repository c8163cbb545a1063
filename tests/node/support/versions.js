// The versions of socket.io-client that the engine is tested with, each by each transport.
import { io as io4 } from "socket.io-client";
import io1 from "socket.io-client-1";
import io2 from "socket.io-client-2";
import io3 from "socket.io-client-3";
import messagePack from "socket.io-msgpack-parser";
import { atEnd } from "./cleanup.js";
import { DEADLINE, once, within } from "./waiting.js";

/** Which texts a client can send and receive: all. */
const ANY_TEXT = {
  /** Characters of each length that UTF-8 has, and one that JavaScript once took for the end of a line. */
  sample: "a é \u2028 🦀 ",
  /** Those of the texts that it can. */
  texts: (all) => all,
};

/** What clients of Engine.IO 4 have in common. */
const PRESENT = {
  ...ANY_TEXT,
  /** Whether client and server know a socket by the same id. */
  sameId: true,
  /** The options of a socket that says something when it joins its namespace, which the server knows as `auth`. */
  saying: (auth) => ({ auth }),
  /** Lets a socket say something else when it joins again. */
  sayNext: (socket, auth) => (socket.auth = auth),
  /** Whether the query in the address of a namespace was told to the server. */
  wasTold: (welcome, name, value) => new URLSearchParams(welcome.query).get(name) === value,
  /** The event of a socket that may not join. */
  refusal: "connect_error",
  /** What that event brings. */
  refused: (message, data) => ({ message, data }),
  /** Who tells that it is back by itself. */
  reconnecting: (socket) => socket.io,
};

/** Version 1 writes UTF-8 twice when it polls, and servers since 2.0 cannot tell who it is. */
const ASCII = {
  sample: "plain text, ",
  texts: (all) => all.filter((text) => /^[\0-\x7f]*$/.test(text)),
};

/** What clients of Engine.IO 3 have in common. They authenticate by nothing, and what they say is a query. */
const OLD = {
  ...ANY_TEXT,
  // They take the session's id for their own, which servers tell to nobody else.
  sameId: false,
  saying: (auth) => ({ query: encode(auth) }),
  sayNext: (socket, auth) => (socket.query = encode(auth)),
  wasTold: (welcome, name, value) => welcome.auth[name] === value,
  refusal: "error",
  refused: (message, data) => data ?? message,
  reconnecting: (socket) => socket,
  heartbeat: (socket) => [socket, "pong"],
};

function encode(values) {
  const pairs = Object.entries(values).map((pair) => pair.map(encodeURIComponent).join("="));
  return pairs.join("&");
}

const V4 = { ...PRESENT, io: io4, heartbeat: (socket) => [socket.io, "ping"], hasTimeout: true };

/**
 * `heartbeat` says who tells of heartbeats, and how; `hasTimeout`, that a socket can give up on an
 * acknowledgement; `overPolling`, what else differs there; `parser`, another way to write packets.
 */
const VERSIONS = [
  { ...V4, name: "4.8" },
  { ...V4, name: "4.8 in MessagePack", parser: messagePack },
  { ...PRESENT, name: "3.1", io: io3, heartbeat: (socket) => [socket.io.engine, "pong"] },
  { ...OLD, name: "2.5", io: io2 },
  { ...OLD, name: "1.7", io: io1, overPolling: ASCII },
];

/** `last` is the transport that it ends up with, `lost` why a socket ends when the server dies. */
const TRANSPORTS = [
  { transports: ["polling"], last: "polling", lost: "transport error" },
  { transports: ["websocket"], last: "websocket", lost: "transport close" },
  { transports: ["polling", "websocket"], last: "websocket", lost: "transport close" },
];

class Kind {
  constructor(version, transport) {
    Object.assign(this, version, transport);
    if (this.last === "polling") Object.assign(this, this.overPolling);
    this.name = `${version.name} by ${transport.transports.join(", then ")}`;
  }

  /** A socket that ends with the test `t`, not connected yet, for a path such as `/garden`. */
  client(t, server, path = "", options = {}) {
    const socket = this.io(server.url + path, {
      autoConnect: false,
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
      transports: this.transports,
      // Newer versions of Node have a WebSocket, of browsers' kind, which old clients would take.
      forceNode: true,
      ...(this.parser && { parser: this.parser }),
      ...options,
    });
    atEnd(t, () => socket.disconnect());
    return socket;
  }

  /** A socket that the server has welcomed, by the transport that it ends up with. */
  async connected(t, server, path, options) {
    const socket = this.client(t, server, path, options);
    await welcomed(socket);
    await this.settled(socket);
    return socket;
  }

  /** One more socket on the connection of another, not connected yet. */
  beside(t, socket, path, options) {
    const second = socket.io.socket(path, options);
    atEnd(t, () => second.disconnect());
    return second;
  }

  /** Waits until the connection of a socket has the transport that it ends up with. */
  async settled(socket) {
    const { engine } = socket.io;
    if (engine.transport.name !== this.last) await once(engine, "upgrade", ({ name }) => name === this.last);
  }
}

/** Each version by each transport. */
export const KINDS = VERSIONS.flatMap((version) => TRANSPORTS.map((transport) => new Kind(version, transport)));

/** What a client of the newest version over WebSocket is, as company for the others. */
export const NEWEST = KINDS.find(({ name }) => name === "4.8 by websocket");

/** Connects a socket; what the server welcomes it with. */
export async function welcomed(socket) {
  const welcome = once(socket, "welcome");
  socket.connect();
  return (await welcome)[0];
}

/** Sends an event and waits for the arguments of its acknowledgement. */
export function answer(socket, event, ...args) {
  const answered = new Promise((resolve) => socket.emit(event, ...args, (...answers) => resolve(answers)));
  return within(DEADLINE, `an acknowledgement of ${event}`, answered);
}

/** Has the server send back these arguments in an event; the arguments that came. */
export function echo(socket, ...args) {
  const echoed = once(socket, "echoed");
  socket.emit("echo", ...args);
  return echoed;
}

/** Collects the arguments of so many events of that name. */
export function collect(socket, event, count) {
  const events = [];
  const all = new Promise((resolve) => {
    socket.on(event, (...args) => {
      events.push(args);
      if (events.length === count) resolve(events);
    });
  });
  return within(DEADLINE, `${count} events ${event}`, all);
}

/** What the server's `weigh` says of these bytes: how many, and a sum in which each counts by its place. */
export function weight(bytes) {
  let sum = 0;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) >>> 0;
  return [bytes.length, sum];
}

/** The bytes that the server makes: not all the same, and no UTF-8. */
export function pattern(size) {
  return Buffer.from(Uint8Array.from({ length: size }, (_, at) => 255 - (at % 256)));
}
