// Nodes over one PostgreSQL behind a load balancer without sticky sessions, with the real socket.io-client.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { createRoom, join, signUp, texts } from "../support/api.js";
import { startBalancer } from "../support/balancer.js";
import { atEnd } from "../support/cleanup.js";
import { client, connected } from "../support/clients.js";
import { startServer } from "../support/server.js";
import { DEADLINE, once, within } from "../support/waiting.js";

const CLIENTS = 20;
const MESSAGES = 5;
/** A stock client is back within this after the death of its node, in milliseconds; held against three times that. */
const BACK = 3_000;

const database = process.env.CHINWAG_TEST_DATABASE;
const startNode = (t) => startServer(t, { CHINWAG_DATABASE: database, CHINWAG_CLUSTER_LISTEN: "127.0.0.1:0" });

let nodes;
let people;
before(async () => {
  assert.ok(database, "CHINWAG_TEST_DATABASE names an empty database of PostgreSQL");
  nodes = [await startNode(), await startNode()];
  people = [];
  for (let number = 0; number < 5; number++) people.push(await signUp(nodes[number % 2], `person ${number}`));
});
after(() => Promise.all(nodes.map((node) => node.close())));

/** A room of all people. */
async function everybody() {
  const room = await createRoom(people[0], `garden ${randomUUID()}`);
  for (const person of people.slice(1)) await join(person, room);
  return room;
}

/**
 * Collects the texts that a client hears of a room, in their order; a hole in it is an error. Only before the first that it
 * hears there may be one: nodes without Redis may hear a little later who has come into a room on another node, and tell then
 * how far the room is. Like every client this one asks for what was before.
 */
async function listen(socket, room) {
  const { cursor } = await socket.emitWithAck("room:load", { room });
  const heard = { texts: [], rev: undefined, asked: false };
  const take = (changes) => {
    for (const { message } of changes) if (message?.text !== undefined) heard.texts.push(message.text);
  };
  // One after the other, so that what was asked for comes before what was told meanwhile.
  let taking = Promise.resolve();
  const first = async (from) => {
    if (from <= cursor.rev) return;
    heard.asked = true;
    const answer = await socket.emitWithAck("sync", { cursors: { [room]: cursor } });
    take(answer.streams[room].changes.filter((change) => change.rev <= from));
  };
  socket.on("stream:changes", ({ stream, from, rev, changes }) => {
    if (stream !== room || rev <= cursor.rev) return;
    if (heard.rev === undefined) taking = first(from);
    else assert.equal(from, heard.rev, "no hole");
    heard.rev = rev;
    taking = taking.then(() => take(changes));
  });
  return heard;
}

async function until(what, holds) {
  const look = async () => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await within(DEADLINE, what, look());
}

/** Waits until a client uses the last of its transports. */
async function moved(socket, transports) {
  if (socket.io.engine.transport.name !== transports.at(-1)) await once(socket.io.engine, "upgrade");
  assert.equal(socket.io.engine.transport.name, transports.at(-1));
}

for (const transports of [["polling"], ["polling", "websocket"]]) {
  test(`${CLIENTS} clients post and hear everything by ${transports.join(", then ")}`, async (t) => {
    const balancer = await startBalancer(t, nodes);
    const room = await everybody();
    const clients = await Promise.all(
      [...Array(CLIENTS).keys()].map((number) => connected(t, balancer, people[number % people.length], { transports })),
    );
    const ends = [];
    for (const [number, socket] of clients.entries()) {
      socket.on("disconnect", (reason) => ends.push(`${number}: ${reason}`));
      await moved(socket, transports);
    }
    const heard = await Promise.all(clients.map((socket) => listen(socket, room)));
    const written = [];
    await Promise.all(
      clients.map(async (socket, number) => {
        for (let message = 0; message < MESSAGES; message++) {
          const text = `message ${message} of ${number}`;
          const answer = await socket.emitWithAck("message:send", { room, text, nonce: randomUUID() });
          assert.equal(answer.ok, true, JSON.stringify(answer));
          written.push(text);
        }
      }),
    );
    const hasAll = ({ texts }) => texts.length >= written.length;
    try {
      await until("everybody hears everything", () => heard.every(hasAll));
    } catch (error) {
      const behind = heard.flatMap(({ texts, rev }, number) => {
        const { connected, io } = clients[number];
        return hasAll(heard[number]) ? [] : [`${number}: ${texts.length} up to ${rev}, ${connected} ${io.engine.transport?.name}`];
      });
      throw new Error(`${error.message}: ${behind.join("; ")}; ended: ${ends.join("; ")}`);
    }
    const stored = await texts(people[0], room);
    assert.deepEqual([...stored].sort(), written.sort());
    for (const { texts } of heard) assert.deepEqual(texts, stored);
    assert.deepEqual(ends, [], "nobody was thrown out");
    t.diagnostic(`${heard.filter(({ asked }) => asked).length} had to ask for the beginning`);
    assert.ok(Math.min(...balancer.spread) > CLIENTS, `each node was asked: ${balancer.spread}`);
  });
}

for (const transports of [["polling"], ["polling", "websocket"]]) {
  test(`who was on a node that is killed is back within ${BACK} ms by ${transports.join(", then ")}`, async (t) => {
    const balancer = await startBalancer(t, nodes);
    atEnd(t, () => nodes[0].start());
    const clients = await Promise.all(
      [...Array(8).keys()].map((number) => {
        const person = people[number % people.length];
        // As it comes, with its own pauses before it comes back.
        return connected(t, balancer, person, { transports, reconnectionDelay: 1000, reconnectionDelayMax: 5000 });
      }),
    );
    // One that is just moving when its node is killed is deaf until its heartbeat ends: socket.io-client's own fault.
    for (const socket of clients) await moved(socket, transports);
    const times = [];
    let killed;
    for (const socket of clients) {
      socket.on("disconnect", () => socket.once("session:ready", () => times.push(performance.now() - killed)));
    }
    const gone = Promise.race(clients.map((socket) => once(socket, "disconnect")));
    killed = performance.now();
    await nodes[0].kill();
    await gone;
    await until("all are there", () => clients.every(({ connected }) => connected) && times.length > 0);
    t.diagnostic(`${times.length} of ${clients.length} were back after ${times.map(Math.round)} ms`);
    assert.ok(Math.max(...times) < 3 * BACK, `${times}`);
    for (const socket of clients) assert.equal((await socket.emitWithAck("me:load", {})).ok, true);
  });
}

test("a session of a node that is gone is unknown at once", async (t) => {
  const [gone, there] = nodes;
  atEnd(t, () => gone.start());
  const opened = await (await fetch(`${gone.url}/socket.io/?EIO=4&transport=polling`)).text();
  const { sid } = JSON.parse(opened.slice(1));
  await gone.kill();
  const asked = performance.now();
  const answer = await fetch(`${there.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`);
  assert.deepEqual([answer.status, await answer.json()], [400, { code: 1, message: "Session ID unknown" }]);
  assert.ok(performance.now() - asked < 1_000);
  const socket = client(t, there, { auth: { token: people[0].token }, transports: ["polling"] });
  const ready = once(socket, "session:ready");
  socket.connect();
  await ready;
});
