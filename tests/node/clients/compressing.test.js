// Clients that agree with the server to compress messages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEngine } from "../support/engine.js";
import { KINDS, answer, collect, echo, pattern } from "../support/versions.js";

const COMPRESSING = { perMessageDeflate: { threshold: 0 } };

/** What the two sides of a WebSocket have agreed on. */
function agreed({ io }) {
  const { extensions } = io.engine.transport.ws;
  return typeof extensions === "string" ? extensions : Object.keys(extensions).join();
}

// The transport that it ends up with is what may be compressed.
for (const kind of KINDS.filter(({ last }) => last === "websocket")) {
  test(`${kind.name}: compresses where that was agreed`, async (t) => {
    const server = await startEngine(t, "--compress-from", "0");
    const socket = await kind.connected(t, server, "", COMPRESSING);
    assert.equal(agreed(socket), "permessage-deflate");
    const values = ["short", "", "long ".repeat(20_000), { list: [1, null, kind.sample] }, pattern(70_000), Buffer.alloc(0)];
    assert.deepEqual(await echo(socket, ...values), values);
    assert.deepEqual(await answer(socket, "echo back", ...values), values);
    const told = collect(socket, "told", 50);
    for (let number = 0; number < 50; number++) socket.emit("tell everybody", number, "x".repeat(number * 100));
    assert.deepEqual(await told, [...Array(50).keys()].map((number) => [number, "x".repeat(number * 100)]));
  });

  test(`${kind.name}: is not compressed for where it does not want it`, async (t) => {
    const server = await startEngine(t, "--compress-from", "0");
    const socket = await kind.connected(t, server, "", { perMessageDeflate: false });
    assert.equal(agreed(socket), "");
    assert.deepEqual(await echo(socket, "plain"), ["plain"]);
  });
}
