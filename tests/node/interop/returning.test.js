// Servers that go and come back, with the real socket.io-client.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createRoom, join, post, signUp, texts } from "../support/api.js";
import { connected } from "../support/clients.js";
import { startServer } from "../support/server.js";
import { once } from "../support/waiting.js";

for (const [how, end] of [["is killed", "kill"], ["is stopped", "stop"]]) {
  test(`a client comes back by itself and misses nothing when the server ${how}`, async (t) => {
    const server = await startServer(t);
    const [ada, bob] = [await signUp(server, "Ada"), await signUp(server, "Bob")];
    const room = await createRoom(ada, "garden");
    await join(bob, room);
    const socket = await connected(t, server, ada);
    const { cursor } = await socket.emitWithAck("room:load", { room });

    const closing = end === "stop" ? once(socket, "server:closing") : undefined;
    const gone = once(socket, "disconnect");
    await server[end]();
    if (closing) {
      const [{ code, retry_ms }] = await closing;
      assert.equal(code, "draining");
      assert.equal(typeof retry_ms, "number");
    }
    const [reason] = await gone;
    assert.notEqual(reason, "io server disconnect", "after that a client does not come back by itself");

    const ready = once(socket, "session:ready");
    await server.start();
    await ready;
    const { rev } = await post(bob, room, "while she was away");
    const { streams } = await socket.emitWithAck("sync", { cursors: { [room]: cursor } });
    assert.deepEqual([streams[room].from, streams[room].rev], [cursor.rev, rev]);
    assert.deepEqual(streams[room].changes.map(({ message }) => message.text), ["while she was away"]);
  });
}

test("with retries and nonces a message is stored once, whatever happens to the server", async (t) => {
  const server = await startServer(t);
  const ada = await signUp(server, "Ada");
  const room = await createRoom(ada, "garden");
  const socket = await connected(t, server, ada, { retries: 100, ackTimeout: 2000 });
  const written = [...Array(300).keys()].map((number) => `message ${number}`);
  const answers = written.map((text) => socket.emitWithAck("message:send", { room, text, nonce: randomUUID() }));
  for (const number of [50, 150, 250]) {
    await answers[number];
    await server.kill();
    await server.start();
  }
  for (const answer of await Promise.all(answers)) assert.equal(answer.ok, true, JSON.stringify(answer));
  assert.deepEqual(await texts(ada, room), written);
});
