// Clients that lost their connection and go on where they were.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEngine } from "../support/engine.js";
import { KINDS, NEWEST, answer, collect, welcomed } from "../support/versions.js";
import { once } from "../support/waiting.js";

// Older ones know nothing of it.
for (const kind of KINDS.filter(({ name }) => name.startsWith("4.8"))) {
  test(`${kind.name}: is sent what it missed, once and in order`, async (t) => {
    const server = await startEngine(t, "--recovery", "60");
    const socket = await kind.connected(t, server);
    const other = await NEWEST.connected(t, server);
    assert.equal(socket.recovered, false);
    const { id } = socket;
    const told = [];
    // The last argument is the number by which it says how far it came.
    socket.on("told", (...args) => told.push(args.slice(0, -1)));
    const expected = [];
    const tell = async (...args) => {
      expected.push(args);
      const heard = once(other, "told");
      other.emit("tell everybody", ...args);
      await heard;
    };
    for (let round = 0; round < 3; round++) {
      await tell("heard at once", round);
      const lost = once(socket, "disconnect");
      const back = once(socket, "connect");
      socket.io.engine.close();
      await lost;
      await tell("missed", round);
      await tell("missed with bytes", Buffer.from([round, 0, 255]));
      await back;
      assert.equal(socket.recovered, true);
      assert.equal(socket.id, id);
      // What is acknowledged comes after what was missed.
      await answer(socket, "echo back", round);
      assert.deepEqual(told, expected);
    }
  });

  test(`${kind.name}: begins anew where it is not known any more`, async (t) => {
    const server = await startEngine(t, "--recovery", "60");
    const socket = await kind.connected(t, server);
    const [lost, welcome] = [once(socket, "disconnect"), once(socket, "welcome")];
    await server.kill();
    await lost;
    await server.start();
    await welcome;
    assert.equal(socket.recovered, false);
    const told = collect(socket, "told", 1);
    socket.emit("tell everybody", "hello");
    assert.deepEqual(await told, [["hello", "2"]]);
  });
}
