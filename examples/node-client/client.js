// A chat client for the terminal: posts what you type, prints what comes, misses nothing. See README.md.
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, name, password, roomName = "lobby"] = process.argv.slice(2);
const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name, password }) };
const signedIn = await fetch(`${url}/api/v1/session`, request).then((response) => response.json());
if (!signedIn.ok) throw new Error(signedIn.error.message);
// `retries`: what was not acknowledged is sent again, with the nonce that it had, so it is stored once.
const socket = io(url, { auth: { token: signedIn.token }, ackTimeout: 5000, retries: 1000 });
let room, cursor; // "I know everything of `room` up to `cursor`."
const show = ({ author, kind, text = "(deleted)" }) => console.log(`${author.name}${kind ? " " + kind : ": " + text}`);
function apply(changes, rev) {
  for (const change of changes) if (change.message && change.rev > cursor.rev) show(change.message);
  cursor.rev = Math.max(cursor.rev, rev);
}
async function load() {
  const loaded = await socket.emitWithAck("room:load", { room });
  cursor = loaded.cursor;
  loaded.messages.forEach(show);
}
async function catchUp() {
  const { [room]: missed } = (await socket.emitWithAck("sync", { cursors: { [room]: cursor } })).streams;
  if (missed) await (missed.gone ? process.exit() : missed.reset ? load() : apply(missed.changes, missed.rev));
  if (missed?.more) await catchUp();
}
socket.on("stream:changes", ({ stream, from, rev, changes }) => {
  if (stream === room && cursor && rev > cursor.rev) from > cursor.rev ? catchUp() : apply(changes, rev);
});
socket.on("session:ready", () => cursor && catchUp());
socket.once("session:ready", async () => {
  const { rooms } = await socket.emitWithAck("workspace:load", { limit: 100 });
  room = rooms.find((entry) => entry.room.name === roomName).room.id;
  await socket.emitWithAck("room:join", { room });
  await load().then(catchUp);
  const send = (text) => socket.emitWithAck("message:send", { room, text, nonce: randomUUID() });
  createInterface({ input: process.stdin }).on("line", (text) => send(text).then(({ error }) => error && console.error(error)));
});
