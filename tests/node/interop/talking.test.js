// Commands, acknowledgements and events with the real socket.io-client.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { createRoom, join, post, signUp, texts } from "../support/api.js";
import { connected } from "../support/clients.js";
import { startServer } from "../support/server.js";
import { once } from "../support/waiting.js";

let server;
let ada;
let bob;
before(async () => {
  server = await startServer();
  [ada, bob] = [await signUp(server, "Ada"), await signUp(server, "Bob")];
});
after(() => server.close());

/** A room of both, and a client of each. */
async function together(t, options) {
  const room = await createRoom(ada, `garden ${randomUUID()}`);
  await join(bob, room);
  return { room, hers: await connected(t, server, ada, options), his: await connected(t, server, bob, options) };
}

for (const transport of ["websocket", "polling"]) {
  test(`a message is acknowledged and comes to the other (${transport})`, async (t) => {
    const { room, hers, his } = await together(t, { transports: [transport] });
    const came = once(his, "stream:changes", ({ stream }) => stream === room);
    const nonce = randomUUID();
    const answer = await hers.emitWithAck("message:send", { room, text: "hello 👋", nonce });
    assert.equal(answer.ok, true, JSON.stringify(answer));
    const [{ epoch, from, rev, changes }] = await came;
    assert.equal(typeof epoch, "string");
    assert.ok(from < rev);
    assert.equal(rev, answer.rev);
    const [{ message }] = changes;
    assert.deepEqual([message.seq, message.text, message.author], [answer.seq, "hello 👋", { id: ada.id, name: "Ada" }]);
    const again = await hers.emitWithAck("message:send", { room, text: "hello 👋", nonce });
    assert.deepEqual([again.seq, again.rev, again.repeated], [answer.seq, answer.rev, true]);
  });
}

test("presence and typing are told", async (t) => {
  const { room, hers, his } = await together(t);
  const list = await hers.emitWithAck("presence:list", { room });
  assert.deepEqual([list.online, list.users.map(({ id }) => id).sort()], [2, [ada.id, bob.id].sort()]);
  const typing = once(hers, "typing:changed", (change) => change.room === room);
  await his.emitWithAck("typing:set", { room, typing: true });
  const [change] = await typing;
  assert.deepEqual([change.user, change.typing], [{ id: bob.id, name: "Bob" }, true]);
  const left = once(hers, "presence:changed", (change) => change.room === room && change.left.some(({ id }) => id === bob.id));
  his.disconnect();
  await left;
});

test("what is wrong is told in the acknowledgement", async (t) => {
  const { room, hers } = await together(t);
  const code = async (event, ...payload) => {
    const answer = await hers.emitWithAck(event, ...payload);
    assert.equal(answer.ok, false, JSON.stringify(answer));
    assert.match(answer.error.message, / /);
    return answer.error.code;
  };
  assert.equal(await code("no:such", {}), "event_unknown");
  assert.equal(await code("message:send", { room }), "payload_invalid");
  assert.equal(await code("message:send"), "payload_invalid");
  assert.equal(await code("message:send", Buffer.from([1, 2, 3])), "payload_invalid");
  assert.equal(await code("message:send", { room, text: Buffer.from("x"), nonce: "1" }), "payload_invalid");
  assert.equal(await code("message:send", { room, text: " ", nonce: "1" }), "message_empty");
  assert.equal(await code("message:send", { room, text: "x".repeat(8001), nonce: "1" }), "message_too_long");
  assert.equal(await code("message:send", { room: randomUUID(), text: "x", nonce: "1" }), "room_unknown");
});

test("an event without an acknowledgement is carried out too", async (t) => {
  const { room, hers, his } = await together(t);
  const came = once(his, "stream:changes", ({ stream }) => stream === room);
  hers.emit("message:send", { room, text: "no answer needed", nonce: randomUUID() });
  const [{ changes }] = await came;
  assert.equal(changes[0].message.text, "no answer needed");
});

test("commands sent before the connection is there arrive in order once", async (t) => {
  const { room, hers } = await together(t);
  hers.disconnect();
  const written = [...Array(50).keys()].map((number) => `message ${number}`);
  const answers = written.map((text) => hers.emitWithAck("message:send", { room, text, nonce: randomUUID() }));
  hers.connect();
  for (const answer of await Promise.all(answers)) assert.equal(answer.ok, true);
  assert.deepEqual(await texts(ada, room), written);
});

test("a large message comes over polling as well", async (t) => {
  const { room, his } = await together(t, { transports: ["polling"] });
  const came = once(his, "stream:changes", ({ stream }) => stream === room);
  await post(ada, room, "😀".repeat(8000));
  const [{ changes }] = await came;
  assert.equal(changes[0].message.text.length, 16000);
});
