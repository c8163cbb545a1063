// Sockets that end, by either side, and what each side is told; with each version of socket.io-client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEngine } from "../support/engine.js";
import { KINDS, echo, welcomed } from "../support/versions.js";
import { once } from "../support/waiting.js";

for (const kind of KINDS) {
  test(`${kind.name}: the client disconnects`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    const gone = once(socket, "disconnect");
    socket.disconnect();
    assert.equal((await gone)[0], "io client disconnect");
    await server.printed("left /: client namespace disconnect");
  });

  test(`${kind.name}: the client closes its transport, and comes back as somebody new`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    const { id } = socket;
    const [gone, back] = [once(socket, "disconnect"), once(socket, "welcome")];
    socket.io.engine.close();
    assert.equal((await gone)[0], "forced close");
    await server.printed("left /: transport close");
    await back;
    assert.notEqual(socket.id, id);
    assert.deepEqual(await echo(socket, "back"), ["back"]);
  });

  test(`${kind.name}: a socket that the server ends stays away until it is told to join`, async (t) => {
    const server = await startEngine(t);
    const root = await kind.connected(t, server);
    const garden = kind.beside(t, root, "/garden");
    await welcomed(garden);
    const gone = once(garden, "disconnect");
    garden.emit("kick me");
    assert.equal((await gone)[0], "io server disconnect");
    await server.printed("left /garden: server namespace disconnect");
    // The other namespace has its connection still.
    assert.deepEqual(await echo(root, "still here"), ["still here"]);
    assert.equal(garden.connected, false);
    await welcomed(garden);
    assert.deepEqual(await echo(garden, "back"), ["back"]);

    const ended = once(root, "disconnect");
    root.emit("kick me");
    assert.equal((await ended)[0], "io server disconnect");
    await server.printed("left /: server namespace disconnect");
  });

  test(`${kind.name}: a client whose connection the server closes comes back by itself`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    const [gone, reconnect] = [once(socket, "disconnect"), once(kind.reconnecting(socket), "reconnect")];
    const back = once(socket, "welcome");
    socket.emit("close me");
    assert.equal((await gone)[0], "transport close");
    await server.printed("left /: forced server close");
    await Promise.all([reconnect, back]);
    await kind.settled(socket);
    assert.deepEqual(await echo(socket, "back"), ["back"]);
  });

  test(`${kind.name}: a client that is sent away is told so first, and comes back by itself`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    const heard = [];
    socket.on("server:closing", (closing) => heard.push(closing));
    socket.on("disconnect", (reason) => heard.push(reason));
    const back = once(socket, "welcome");
    socket.emit("send me away");
    await back;
    assert.deepEqual(heard, [{ code: "moved", retry_ms: 20 }, "transport close"]);
    assert.deepEqual(await echo(socket, "back"), ["back"]);
  });
}
