// Getting in, and not, with the real socket.io-client.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PASSWORD, signUp } from "../support/api.js";
import { client, connected } from "../support/clients.js";
import { startServer } from "../support/server.js";
import { once } from "../support/waiting.js";

let server;
let ada;
before(async () => {
  server = await startServer();
  ada = await signUp(server, "Ada");
});
after(() => server.close());

for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
  test(`in by ${transports.join(", then ")}`, async (t) => {
    const socket = client(t, server, { auth: { token: ada.token }, transports });
    const ready = once(socket, "session:ready");
    socket.connect();
    const [session] = await ready;
    assert.equal(session.user.id, ada.id);
    if (transports.length === 2 && socket.io.engine.transport.name !== "websocket") {
      await once(socket.io.engine, "upgrade");
    }
    assert.equal(socket.io.engine.transport.name, transports.at(-1));
    const answer = await socket.emitWithAck("me:load", {});
    assert.equal(answer.ok, true);
    assert.equal(answer.user.name, "Ada");
  });
}

test("in by the cookie", async (t) => {
  const response = await fetch(`${server.url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Ada", password: PASSWORD }),
  });
  const cookie = response.headers.get("set-cookie").split(";")[0];
  const socket = client(t, server, { extraHeaders: { cookie } });
  const ready = once(socket, "session:ready");
  socket.connect();
  const [{ user }] = await ready;
  assert.equal(user.id, ada.id);
});

test("who is not signed in is told so, and does not try again and again", async (t) => {
  const socket = client(t, server, { auth: { token: "nonsense" } });
  const refused = once(socket, "connect_error");
  socket.connect();
  const [error] = await refused;
  assert.equal(error.data.code, "unauthenticated");
  assert.equal(socket.active, false, "a refusal is final for this client");
});

test("a namespace that does not exist is refused", async (t) => {
  const socket = client(t, { url: `${server.url}/nowhere` }, { auth: { token: ada.token } });
  const refused = once(socket, "connect_error");
  socket.connect();
  const [error] = await refused;
  assert.match(error.message, /namespace/i);
});

test("a session that ends ends its sockets", async (t) => {
  const bob = await signUp(server, "Bob");
  const socket = await connected(t, server, bob);
  const ended = once(socket, "session:ended");
  const disconnected = once(socket, "disconnect");
  await bob.call("DELETE", "/session");
  const [why] = await ended;
  assert.equal(typeof why.code, "string");
  await disconnected;
});
