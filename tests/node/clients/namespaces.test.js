// Namespaces of the engine, and whom they refuse, with each version of socket.io-client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEngine } from "../support/engine.js";
import { KINDS, collect, echo, welcomed } from "../support/versions.js";
import { once } from "../support/waiting.js";

const STRANGER = { code: "stranger", doors: [1, 2] };

/** What a socket is told that may not join, in the form in which `kind.refused` gives it. */
async function refusal(kind, socket) {
  const refused = once(socket, kind.refusal);
  socket.connect();
  const [what] = await refused;
  assert.equal(socket.connected, false);
  return what instanceof Error ? { message: what.message, data: what.data } : what;
}

for (const kind of KINDS) {
  test(`${kind.name}: two namespaces on one connection are apart`, async (t) => {
    const server = await startEngine(t);
    const root = await kind.connected(t, server);
    const { engine } = root.io;
    const garden = kind.beside(t, root, "/garden");
    assert.equal((await welcomed(garden)).namespace, "/garden");
    assert.equal(garden.io.engine, engine);
    const [inRoot, inGarden] = [collect(root, "echoed", 2), collect(garden, "echoed", 2)];
    for (const number of [1, 2]) {
      root.emit("echo", "root", number);
      garden.emit("echo", "garden", number, Buffer.from("bytes"));
    }
    assert.deepEqual(await inRoot, [1, 2].map((number) => ["root", number]));
    assert.deepEqual(await inGarden, [1, 2].map((number) => ["garden", number, Buffer.from("bytes")]));
  });

  test(`${kind.name}: a namespace that is not the default one, alone`, async (t) => {
    const server = await startEngine(t);
    const garden = await kind.connected(t, server, "/garden");
    assert.deepEqual(await echo(garden, "hello"), ["hello"]);
    garden.disconnect();
    await server.printed("left /garden: client namespace disconnect");
  });

  test(`${kind.name}: who leaves a namespace keeps the other, and can join again`, async (t) => {
    const server = await startEngine(t);
    const root = await kind.connected(t, server);
    const garden = kind.beside(t, root, "/garden");
    await welcomed(garden);
    const gone = once(garden, "disconnect");
    garden.disconnect();
    assert.equal((await gone)[0], "io client disconnect");
    await server.printed("left /garden: client namespace disconnect");
    assert.deepEqual(await echo(root, "still here"), ["still here"]);
    assert.ok(!server.lines.some((line) => line.startsWith("left /:")), server.lines.join());
    assert.equal((await welcomed(garden)).namespace, "/garden");
    assert.deepEqual(await echo(garden, "again"), ["again"]);
    assert.deepEqual(await echo(root, "still"), ["still"]);
  });

  test(`${kind.name}: a namespace that does not exist is refused, and nothing else`, async (t) => {
    const server = await startEngine(t);
    const root = await kind.connected(t, server);
    const nowhere = kind.beside(t, root, "/nowhere");
    assert.deepEqual(await refusal(kind, nowhere), kind.refused("Invalid namespace", undefined));
    assert.deepEqual(await echo(root, "still here"), ["still here"]);
  });

  test(`${kind.name}: what a socket says when it joins reaches the server`, async (t) => {
    const server = await startEngine(t);
    const root = await kind.connected(t, server);
    const said = { flavour: `cheese & bread? ${kind.sample}, 100%`, key: "a/b=c#d" };
    const garden = kind.beside(t, root, "/garden", kind.saying(said));
    assert.deepEqual((await welcomed(garden)).auth, said);
    assert.deepEqual(await echo(garden, "hello"), ["hello"]);
  });

  test(`${kind.name}: the query of a namespace's address reaches the server`, async (t) => {
    const server = await startEngine(t);
    const garden = kind.client(t, server, "/garden?flavour=kiwi%20%26%20lime");
    const welcome = await welcomed(garden);
    assert.equal(welcome.namespace, "/garden");
    assert.ok(kind.wasTold(welcome, "flavour", "kiwi & lime"), JSON.stringify(welcome));
    assert.deepEqual(await echo(garden, "hello"), ["hello"]);
  });

  test(`${kind.name}: the query of the connection reaches the server`, async (t) => {
    const server = await startEngine(t);
    const welcome = await welcomed(kind.client(t, server, "", { query: { flavour: "kiwi & lime" } }));
    assert.equal(new URLSearchParams(welcome.query).get("flavour"), "kiwi & lime");
  });

  test(`${kind.name}: who is refused is told why, and may ask again`, async (t) => {
    const server = await startEngine(t);
    const root = await kind.connected(t, server);
    const garden = kind.beside(t, root, "/garden", kind.saying({ key: "rusty" }));
    assert.deepEqual(await refusal(kind, garden), kind.refused("no entry", STRANGER));
    assert.deepEqual(await echo(root, "still here"), ["still here"]);
    kind.sayNext(garden, { key: "shiny" });
    assert.deepEqual((await welcomed(garden)).auth, { key: "shiny" });
  });

  test(`${kind.name}: the default namespace refuses with data and without`, async (t) => {
    const server = await startEngine(t);
    const stranger = kind.client(t, server, "", { query: { stranger: "yes" } });
    assert.deepEqual(await refusal(kind, stranger), kind.refused("no entry", STRANGER));
    const plain = kind.client(t, server, "", { query: { stranger: "plain" } });
    assert.deepEqual(await refusal(kind, plain), kind.refused("no entry today", undefined));
  });
}
