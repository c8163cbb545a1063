// Clients that send more than they may, and can read that it was that.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEngine } from "../support/engine.js";
import { KINDS } from "../support/versions.js";
import { once } from "../support/waiting.js";

/** More than the server reads, and more than the kernels on the way keep. */
const MUCH = "x".repeat(12_000_000);

/** Why the connection of a socket ends, as its transport says it. */
async function ending({ io: { engine } }, last) {
  if (last === "websocket") {
    const { code, reason } = await new Promise((resolve) => engine.transport.ws.addEventListener("close", resolve));
    return { code, reason };
  }
  const [error] = await once(engine, "error");
  return { status: error.description };
}

const EXPECTED = { polling: { status: 413 }, websocket: { code: 1009, reason: "packet too large" } };

for (const kind of KINDS) {
  test(`${kind.name}: is told that a message is too large`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server, "", { reconnection: false });
    const disconnected = once(socket, "disconnect");
    const ended = ending(socket, kind.last);
    socket.emit("echo", MUCH);
    assert.deepEqual(await ended, EXPECTED[kind.last]);
    await disconnected;
  });
}
