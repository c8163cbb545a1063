// Events between the engine and each version of socket.io-client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEngine } from "../support/engine.js";
import { KINDS, NEWEST, answer, collect, echo, pattern, weight, welcomed } from "../support/versions.js";
import { once } from "../support/waiting.js";

const LARGE = 1_000_000;

/** Whatever JSON, UTF-8, or the packets of one of the protocols could stumble over. */
const TEXTS = [
  "",
  "plain",
  "🦀 👩‍👩‍👧 é ß 漢字 \u{10ffff}",
  "line\u2028paragraph\u2029end",
  "\"quotes\" \\ back\\\\slash / \b\f\n\r\t",
  "\u0000 \u001e \u007f \ufeff \uffff",
  "4:42[\"x\"]51-/garden,b4AAA=",
];

for (const kind of KINDS) {
  test(`${kind.name}: in, by its transport`, async (t) => {
    const server = await startEngine(t);
    const socket = kind.client(t, server);
    const connect = once(socket, "connect");
    const welcome = await welcomed(socket);
    await connect;
    await kind.settled(socket);
    assert.equal(socket.connected, true);
    assert.equal(socket.io.engine.transport.name, kind.last);
    assert.equal(typeof socket.id, "string");
    if (kind.sameId) assert.equal(socket.id, welcome.id);
    assert.deepEqual(await echo(socket, "hello"), ["hello"]);
  });

  test(`${kind.name}: texts and values both ways`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    const texts = kind.texts(TEXTS);
    for (const text of texts) assert.deepEqual(await echo(socket, text), [text]);
    const values = [null, true, -1.5e-7, 9007199254740991, [], {}, { list: [{ "": kind.sample }, [[texts]]] }, "last"];
    assert.deepEqual(await echo(socket, ...values), values);
    assert.deepEqual(await echo(socket), []);
    for (const text of texts) {
      assert.deepEqual(await answer(socket, "weigh text", text), [weight(Buffer.from(text))]);
    }
  });

  test(`${kind.name}: what the server writes is read letter by letter`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    for (const text of TEXTS) {
      assert.deepEqual(await answer(socket, "spell", [...text].map((letter) => letter.codePointAt(0))), [text]);
    }
  });

  test(`${kind.name}: bytes in bytes' places both ways`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    const sent = [Buffer.from([1]), { list: ["a", Buffer.from("two"), { deep: pattern(300) }] }, 5, Buffer.alloc(0)];
    assert.deepEqual(await echo(socket, ...sent), sent);

    const sizes = [0, 1, 300, 70_000];
    const made = once(socket, "folder");
    socket.emit("make folder", sizes, kind.sample);
    const folder = { name: "made here", parts: sizes.map(pattern), inner: { last: pattern(3), note: kind.sample } };
    assert.deepEqual(await made, [folder]);

    const parts = [Buffer.from("first"), pattern(70_000), Buffer.alloc(0), pattern(126)];
    const last = Buffer.from([255, 0, 254]);
    const weighed = await answer(socket, "weigh folder", { name: "ours", parts, inner: { last, note: "n" } });
    assert.deepEqual(weighed, [{ name: "ours", note: "n", weights: [...parts, last].map(weight) }]);
  });

  // At once, so that those who upgrade do so meanwhile.
  test(`${kind.name}: many events at once keep their order`, async (t) => {
    const server = await startEngine(t);
    const socket = kind.client(t, server);
    const count = 500;
    const events = [...Array(count).keys()].map((number) =>
      number % 7 === 0 ? [number, Buffer.from(`bytes ${number}`)] : [number],
    );
    const [numbers, echoed] = [collect(socket, "number", count), collect(socket, "echoed", count)];
    await welcomed(socket);
    socket.emit("count", count);
    for (const args of events) socket.emit("echo", ...args);
    assert.deepEqual(await numbers, [...Array(count).keys()].map((number) => [number]));
    assert.deepEqual(await echoed, events);
    await kind.settled(socket);
    assert.deepEqual(await echo(socket, "after"), ["after"]);
  });

  test(`${kind.name}: a megabyte of text and of bytes both ways`, async (t) => {
    const server = await startEngine(t);
    const socket = await kind.connected(t, server);
    const text = kind.sample.repeat(LARGE / Buffer.byteLength(kind.sample));
    assert.deepEqual(await answer(socket, "weigh text", text), [weight(Buffer.from(text))]);
    assert.deepEqual(await answer(socket, "weigh", pattern(LARGE)), [weight(pattern(LARGE))]);

    for (const [asked, wanted] of [[kind.sample, text], [null, pattern(LARGE)]]) {
      const large = once(socket, "large");
      socket.emit("make large", { text: asked, bytes: LARGE });
      // Not by `deepEqual`, which would print both.
      const [came] = await large;
      assert.ok(typeof wanted === "string" ? came === wanted : wanted.equals(came), `${came.length} have come`);
    }
    assert.equal(socket.connected, true);
  });

  test(`${kind.name}: in one room with the newest`, async (t) => {
    const server = await startEngine(t);
    const [socket, other] = [await kind.connected(t, server), await NEWEST.connected(t, server)];
    const count = 40;
    const heard = [collect(socket, "told", count), collect(other, "told", count)];
    for (let number = 0; number < count / 2; number++) {
      socket.emit("tell everybody", "one", number, { bytes: pattern(number) });
      other.emit("tell everybody", "other", number, kind.sample);
    }
    const [here, there] = await Promise.all(heard);
    assert.deepEqual(here, there, "all hear the same in the same order");
    const by = (name) => here.filter(([who]) => who === name);
    assert.deepEqual(by("one"), [...Array(count / 2).keys()].map((number) => ["one", number, { bytes: pattern(number) }]));
    assert.deepEqual(by("other"), [...Array(count / 2).keys()].map((number) => ["other", number, kind.sample]));
  });
}
