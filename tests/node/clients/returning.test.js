// Servers that go and come back, and connections that last; with each version of socket.io-client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEngine } from "../support/engine.js";
import { KINDS, collect, echo, welcomed } from "../support/versions.js";
import { once } from "../support/waiting.js";

for (const kind of KINDS) {
  for (const [how, end] of [["with a warning", "stop"], ["without a warning", "kill"]]) {
    test(`${kind.name}: both namespaces come back after the server has gone ${how}`, async (t) => {
      const server = await startEngine(t);
      const root = await kind.connected(t, server);
      const garden = kind.beside(t, root, "/garden");
      await welcomed(garden);
      const heard = { root: [], garden: [] };
      for (const [name, socket] of [["root", root], ["garden", garden]]) {
        socket.on("server:closing", (closing) => heard[name].push(closing));
        socket.on("disconnect", (reason) => heard[name].push(reason));
      }
      const gone = [once(root, "disconnect"), once(garden, "disconnect")];
      const code = await server[end]();
      await Promise.all(gone);
      if (end === "stop") assert.equal(code, 0);
      const expected = end === "stop" ? [{ code: "draining", retry_ms: 50 }, "transport close"] : [kind.lost];
      assert.deepEqual(heard, { root: expected, garden: expected });

      const back = [once(kind.reconnecting(root), "reconnect"), once(root, "welcome"), once(garden, "welcome")];
      const echoed = [once(root, "echoed"), once(garden, "echoed")];
      root.emit("echo", "said while it was away");
      garden.emit("echo", "here too");
      await server.start();
      await Promise.all(back);
      assert.deepEqual(await Promise.all(echoed), [["said while it was away"], ["here too"]]);
      await kind.settled(root);
      assert.deepEqual(await echo(root, "back"), ["back"]);
    });
  }

  test(`${kind.name}: heartbeats keep a connection`, async (t) => {
    const server = await startEngine(t, "--ping-interval", "100");
    const socket = await kind.connected(t, server);
    await collect(...kind.heartbeat(socket), 5);
    assert.equal(socket.connected, true);
    assert.deepEqual(await echo(socket, "still here"), ["still here"]);
    assert.ok(!server.lines.some((line) => line.startsWith("left")), server.lines.join());
  });
}
