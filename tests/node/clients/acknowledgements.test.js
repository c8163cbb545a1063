// Acknowledgements between the engine and each version of socket.io-client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEngine } from "../support/engine.js";
import { KINDS, answer, echo, pattern, weight } from "../support/versions.js";
import { DEADLINE, once, within } from "../support/waiting.js";

for (const kind of KINDS) {
  test(`${kind.name}: the server acknowledges, each event its own`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    const sent = [[kind.sample, { a: [Buffer.from("bytes"), 1] }], [], [null], [Buffer.alloc(0), pattern(1000), "end"]];
    for (let number = 0; number < 30; number++) sent.push([number]);
    const answers = await Promise.all(sent.map((args) => answer(socket, "echo back", ...args)));
    assert.deepEqual(answers, sent);
  });

  test(`${kind.name}: an event that the server does not know is acknowledged with a refusal`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    const [unknown] = await answer(socket, "no such event");
    assert.deepEqual([unknown.ok, unknown.error.code], [false, "event_unknown"]);
    const [invalid] = await answer(socket, "weigh", "no bytes");
    assert.deepEqual([invalid.ok, invalid.error.code], [false, "payload_invalid"]);
  });

  test(`${kind.name}: the client acknowledges`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    const asked = [];
    socket.on("question", (text, acknowledge) => {
      asked.push(text);
      acknowledge({ heard: text, more: kind.sample });
    });
    const [found] = await answer(socket, "ask me", { text: `who? ${kind.sample}`, patience: DEADLINE });
    assert.deepEqual(found, { answer: { heard: `who? ${kind.sample}`, more: kind.sample } });
    assert.deepEqual(asked, [`who? ${kind.sample}`]);

    socket.on("bytes wanted", (number, acknowledge) => acknowledge(pattern(number * 1000)));
    assert.deepEqual(await answer(socket, "ask me for bytes"), [weight(pattern(7000))]);
  });

  test(`${kind.name}: a client that acknowledges too late is not waited for, and stays`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    const question = once(socket, "question");
    const [found] = await answer(socket, "ask me", { text: "still there?", patience: 100 });
    assert.deepEqual(found, { failed: "the client did not acknowledge in time" });
    const [, acknowledge] = await question;
    acknowledge("too late");
    assert.deepEqual(await echo(socket, "still here"), ["still here"]);
  });

  if (kind.hasTimeout) {
    test(`${kind.name}: a server that does not acknowledge is not waited for`, async (t) => {
      const server = await startEngine(t);
      const socket = await kind.connected(t, server);
      const late = new Promise((resolve) => socket.timeout(100).emit("never answered", resolve));
      assert.match(String(await within(DEADLINE, "the time-out", late)), /timed out/);
      assert.deepEqual(await socket.timeout(DEADLINE).emitWithAck("echo back", "in time"), "in time");
    });
  }
}
