// People who use the server through its HTTP API.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

/** A password that the server accepts. */
export const PASSWORD = "correct horse battery";

/** Makes an account: `{name, id, token, call}`. */
export async function signUp(server, name) {
  const made = await request(server, "POST", "/api/v1/account", { name, password: PASSWORD });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { token, user } = made.body;
  const call = async (method, path, body) => {
    const { status, body: answer } = await request(server, method, `/api/v1${path}`, body, token);
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  };
  return { name, id: user.id, token, call };
}

/** The id of the room `lobby`, which a new installation has. */
export async function lobby(person) {
  const { rooms } = await person.call("GET", "/rooms");
  return rooms.find(({ room }) => room.name === "lobby").room.id;
}

/** Makes a room; its id. */
export async function createRoom(person, name) {
  return (await person.call("POST", "/rooms", { name })).room.id;
}

/** Joins a room. */
export function join(person, room) {
  return person.call("PUT", `/rooms/${room}/members/me`, {});
}

/** Posts; the answer. */
export function post(person, room, text) {
  return person.call("POST", `/rooms/${room}/messages`, { text, nonce: randomUUID() });
}

/** All messages of a room, oldest first, loaded page by page. */
export async function history(person, room) {
  let messages = [];
  for (let more = true; more; ) {
    const before = messages.length > 0 ? `&before=${messages[0].seq}` : "";
    const page = await person.call("GET", `/rooms/${room}/messages?limit=100${before}`);
    messages = [...page.messages, ...messages];
    more = page.more;
  }
  return messages;
}

/** The texts in a room, oldest first. */
export async function texts(person, room) {
  return (await history(person, room)).filter(({ text }) => text !== undefined).map(({ text }) => text);
}

async function request(server, method, path, body, token) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(server.url + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}
