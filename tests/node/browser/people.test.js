// How people are shown in the browser, and what their roles let them do.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRoom, join, post, signUp, texts } from "../support/api.js";
import { composer, eventually, launch, open, say, seen, shown } from "../support/browser.js";
import { startServer } from "../support/server.js";
import { administrator, enter, guest, visit } from "./people.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const members = (page) => page.getByRole("complementary", { name: /members?$/ });
const log = (page) => page.getByRole("log", { name: "Messages" });
const conversations = (page) => page.getByRole("list", { name: "Direct messages" });
const account = (page) => page.getByRole("complementary", { name: "Rooms and account" });

/** A picture of one red pixel. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==",
  "base64",
);

/** A server with a room "garden" that Ada, Bob and Mary are in, and in which Bob has said something. */
async function three(t, environment) {
  const server = await startServer(t, environment);
  const [ada, bob, mary] = [await signUp(server, "Ada"), await signUp(server, "Bob"), await signUp(server, "Mary")];
  const room = await createRoom(ada, "garden");
  for (const person of [bob, mary]) await join(person, room);
  await post(bob, room, "good morning");
  return { server, ada, bob, mary, room };
}

test("a new name, status and picture are seen everywhere at once", async (t) => {
  const { server, ada, bob, room } = await three(t);
  await ada.call("POST", "/direct", { people: [bob.id] });
  const page = await enter(t, browser, server, ada, `/rooms/${room}`);
  const his = await enter(t, browser, server, bob, `/rooms/${room}`);
  await account(his).getByText("Bob").waitFor();
  await seen(page, "good morning");
  await page.getByRole("button", { name: "Members", exact: true }).click();
  await members(page).getByText("Bob").waitFor();
  await conversations(page).getByRole("link", { name: "Bob" }).waitFor();

  await bob.call("PATCH", "/account", { name: "Robert", status: "on the roof" });
  await log(page).getByRole("article").filter({ hasText: "good morning" }).getByText("Robert").waitFor();
  await log(page).getByText("Robert joined the room").waitFor();
  await conversations(page).getByRole("link", { name: "Robert" }).waitFor();
  const line = members(page).getByRole("listitem").filter({ hasText: "Robert" });
  await line.getByText("on the roof").waitFor();
  await account(his).getByText("Robert").waitFor();
  await account(his).getByText("on the roof").waitFor();
  assert.equal(await page.getByText("Bob", { exact: true }).count(), 0);
  await composer(his, "garden").pressSequentially("I");
  await page.getByText("Robert is typing").waitFor();

  const headers = { authorization: `Bearer ${bob.token}`, "content-type": "image/png" };
  const uploaded = await fetch(`${server.url}/api/v1/account/avatar`, { method: "PUT", headers, body: PIXEL });
  assert.equal(uploaded.status, 200, await uploaded.text());
  const picture = `img[src="/avatars/${bob.id}/1/small"]`;
  for (const place of [log(page), line, conversations(page), account(his)]) {
    await eventually("the picture is there", () =>
      place.locator(picture).first().evaluate((image) => image.complete && image.naturalWidth > 0),
    );
  }
});

test("a name that changed while one was not connected is made up for", async (t) => {
  const { server, ada, bob, room } = await three(t);
  const page = await enter(t, browser, server, ada, `/rooms/${room}`, { outage: true });
  await seen(page, "good morning");
  await page.context().setOffline(true);
  // Offline as the browser plays it leaves an open WebSocket alone, so the server ends it.
  await server.kill();
  await page.getByText(/Connection lost/).waitFor();
  await server.start();
  await bob.call("PATCH", "/account", { name: "Robert" });
  await page.context().setOffline(false);
  await log(page).getByRole("article").getByText("Robert").waitFor();
  await post(bob, room, "still me");
  await seen(page, "still me");
  assert.equal(await page.getByText("Bob", { exact: true }).count(), 0);
});

test("a name that changes while the page is being loaded is seen", async (t) => {
  const { server, ada, bob, room } = await three(t);
  const page = await open(t, browser);
  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  await page.routeWebSocket(/socket\.io/, (client) => {
    const upstream = client.connectToServer();
    client.onMessage(async (frame) => {
      if (String(frame).includes("workspace:load")) await held;
      upstream.send(frame);
    });
  });
  await visit(page, server, ada, `/rooms/${room}`);
  await seen(page, "good morning");
  await log(page).getByText("Bob", { exact: true }).first().waitFor();
  // The workspace is read after this, and so its stream will not tell of it.
  await bob.call("PATCH", "/account", { name: "Robert" });
  letGo();
  await log(page).getByRole("article").getByText("Robert").waitFor();
});

test("people are read anew when what changed of them cannot be told any more", async (t) => {
  const { server, ada, bob, room } = await three(t);
  await ada.call("POST", "/direct", { people: [bob.id] });
  const page = await open(t, browser, { outage: true });
  await page.routeWebSocket(/socket\.io/, (client) => {
    const upstream = client.connectToServer();
    let workspace;
    upstream.onMessage((frame) => {
      const [, type, json] = /^(4[23]\d*)(\[.*)$/s.exec(String(frame)) ?? [];
      const [first, second] = json ? JSON.parse(json) : [];
      if (first === "session:ready") workspace = second.workspace;
      // As a server says it that has forgotten the changes since then.
      if (first?.streams?.[workspace]) first.streams[workspace] = { reset: true };
      client.send(first?.streams ? type + JSON.stringify([first]) : frame);
    });
  });
  await visit(page, server, ada, `/rooms/${room}`);
  await seen(page, "good morning");
  await conversations(page).getByRole("link", { name: "Bob" }).waitFor();
  await page.context().setOffline(true);
  await server.kill();
  await page.getByText(/Connection lost/).waitFor();
  await server.start();
  await bob.call("PATCH", "/account", { name: "Robert" });
  await page.context().setOffline(false);
  await log(page).getByRole("article").getByText("Robert").waitFor();
  await conversations(page).getByRole("link", { name: "Robert" }).waitFor();
});

test("a status that somebody had before is in the list of members", async (t) => {
  const { server, ada, bob, room } = await three(t);
  await bob.call("PATCH", "/account", { status: "on the roof" });
  const page = await enter(t, browser, server, ada, `/rooms/${room}`);
  await page.getByRole("button", { name: "Members", exact: true }).click();
  await members(page).getByRole("listitem").filter({ hasText: "Bob" }).getByText("on the roof").waitFor();
});

test("guests are marked as such and are offered only what they may do", async (t) => {
  const { server, ada, room } = await three(t, { CHINWAG_GUESTS: "yes" });
  const gus = await guest(server, "Gus");
  await gus.call("PUT", `/rooms/${room}/members/me`, {});
  const page = await enter(t, browser, server, ada, `/rooms/${room}`);
  const his = await enter(t, browser, server, gus, `/rooms/${room}`);
  await say(his, "garden", "just looking");
  await seen(page, "just looking");
  const badge = (place) => place.getByText("guest", { exact: true });
  await badge(log(page).getByRole("article").filter({ hasText: "just looking" })).waitFor();
  assert.equal(await badge(log(page).getByRole("article").filter({ hasText: "good morning" })).count(), 0);
  await page.getByRole("button", { name: "Members", exact: true }).click();
  await badge(members(page).getByRole("listitem").filter({ hasText: "Gus" })).waitFor();
  assert.equal(await badge(members(page)).count(), 1);

  await badge(account(his)).waitFor();
  await his.getByRole("button", { name: "Members", exact: true }).click();
  await members(his).getByRole("listitem").filter({ hasText: "Ada" }).waitFor();
  for (const name of ["New room", "New message", "Add people", /^Actions for/]) {
    assert.equal(await his.getByRole("button", { name }).count(), 0, `${name}`);
  }
  assert.equal(await his.getByRole("link", { name: "Administration" }).count(), 0);
  await his.getByRole("link", { name: "Browse all rooms" }).click();
  await his.getByRole("list", { name: "All rooms" }).waitFor();
  assert.equal(await his.getByRole("button", { name: "New room" }).count(), 0);
});

test("who becomes a moderator is offered what moderators do", async (t) => {
  const { server, mary, room } = await three(t);
  const root = await administrator(server);
  const page = await enter(t, browser, server, mary, `/rooms/${room}`);
  await seen(page, "good morning");
  const message = log(page).getByRole("article").filter({ hasText: "good morning" });
  const link = account(page).getByRole("link", { name: "Administration" });
  assert.equal(await account(page).getByRole("link", { name: "Account" }).getAttribute("href"), "/account");
  assert.deepEqual([await link.count(), await message.getByRole("button").count()], [0, 0]);
  await root.call("PUT", `/administration/people/${mary.id}/role`, { role: "moderator" });
  assert.equal(await link.getAttribute("href"), "/administration");
  assert.equal(await message.getByRole("button", { name: "Edit message" }).count(), 0);
  await message.hover();
  await message.getByRole("button", { name: "Delete message" }).click();
  await page.getByRole("dialog", { name: "Delete this message?" }).getByRole("button", { name: "Delete" }).click();
  await log(page).getByText("This message was deleted.").waitFor();
});

test("what somebody who is muted writes stays where they wrote it", async (t) => {
  const { server, ada, bob, mary, room } = await three(t);
  const root = await administrator(server);
  const page = await enter(t, browser, server, bob, `/rooms/${room}`);
  await seen(page, "good morning");
  await root.call("PUT", `/administration/people/${bob.id}/mute`, { until: Date.now() + 3_600_000 });
  await say(page, "garden", "but I must say");
  await page.getByText(/You are muted/).waitFor();
  assert.equal(await composer(page, "garden").inputValue(), "but I must say");
  assert.equal(await page.getByTestId("pending").count(), 0);
  await post(mary, room, "quiet here");
  await seen(page, "quiet here");
  await root.call("DELETE", `/administration/people/${bob.id}/mute`);
  await page.getByRole("button", { name: "Send" }).click();
  await seen(page, "but I must say");
  assert.equal(await page.getByText(/You are muted/).count(), 0);
  assert.deepEqual(await texts(ada, room), ["good morning", "quiet here", "but I must say"]);
});

test("what is written faster than one may waits and goes out by itself, in order", async (t) => {
  const { server, bob, room } = await three(t);
  const root = await administrator(server);
  const page = await enter(t, browser, server, bob, `/rooms/${room}`);
  await seen(page, "good morning");
  // One a second, after as many as there may be in a minute.
  await root.call("PUT", "/administration/settings", { limits: { messages_per_minute: 60 } });
  const written = ["one", "two", "three"];
  for (let number = 0; number < 60; number++) await post(bob, room, "in between").catch(() => undefined);
  for (const text of written) await say(page, "garden", text);
  await page.getByTestId("pending").first().waitFor();
  await eventually("nothing waits any more", async () => (await page.getByTestId("pending").count()) === 0);
  assert.deepEqual((await shown(page)).slice(-3), written);
  assert.deepEqual((await texts(bob, room)).slice(-3), written);
});
