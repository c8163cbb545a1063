// Clients of the real socket.io-client.
import { io } from "socket.io-client";
import { atEnd } from "./cleanup.js";
import { once } from "./waiting.js";

/** A client that ends with the test `t`, not connected yet. */
export function client(t, server, options) {
  const socket = io(server.url, { autoConnect: false, forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, ...options });
  atEnd(t, () => socket.disconnect());
  return socket;
}

/** A client of this person that has been told `session:ready`. */
export async function connected(t, server, person, options = {}) {
  const socket = client(t, server, { auth: { token: person.token }, ...options });
  const ready = once(socket, "session:ready");
  socket.connect();
  await ready;
  return socket;
}
