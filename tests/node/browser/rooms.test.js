// Rooms in the browser: made, found, joined, left, linked to.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRoom, join, lobby, post, signUp } from "../support/api.js";
import { composer, launch, message, newcomer, open, say, seen, signIn } from "../support/browser.js";
import { startServer } from "../support/server.js";
import { enter } from "./people.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("a newcomer lands in the lobby", async (t) => {
  const server = await startServer(t);
  const page = await newcomer(t, browser, server, "Ada");
  await composer(page, "lobby").waitFor();
  await page.getByText("Ada joined the room").waitFor();
  await say(page, "lobby", "first!");
  await seen(page, "first!");
});

test("a room made in one window appears in the others at once", async (t) => {
  const server = await startServer(t);
  const ada = await newcomer(t, browser, server, "Ada");
  const bob = await newcomer(t, browser, server, "Bob");
  await composer(bob, "lobby").waitFor();
  await composer(ada, "lobby").waitFor();
  await ada.getByRole("navigation", { name: "Rooms" }).getByRole("button", { name: "New room" }).click();
  const dialog = ada.getByRole("dialog", { name: "New room" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("garden");
  await dialog.getByRole("button", { name: "Make room" }).click();
  await composer(ada, "garden").waitFor();

  await bob.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "garden" }).click();
  await bob.getByRole("button", { name: "Join room" }).click();
  await composer(bob, "garden").waitFor();
  await ada.getByText("Bob joined the room").waitFor();
  await say(bob, "garden", "what a nice room");
  await seen(ada, "what a nice room");

  await bob.getByRole("button", { name: "Leave room" }).click();
  await bob.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await ada.getByText("Bob left the room").waitFor();
  await composer(bob, "garden").waitFor({ state: "detached" });
});

test("a name that is taken is refused in the dialog", async (t) => {
  const server = await startServer(t);
  const ada = await newcomer(t, browser, server, "Ada");
  await composer(ada, "lobby").waitFor();
  await ada.getByRole("navigation", { name: "Rooms" }).getByRole("button", { name: "New room" }).click();
  const dialog = ada.getByRole("dialog", { name: "New room" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Lobby");
  await dialog.getByRole("button", { name: "Make room" }).click();
  await dialog.getByRole("alert").waitFor();
  assert.match(await dialog.getByRole("alert").innerText(), /in use|taken|already/i);
});

test("a removed member is out at once and sees nothing later", async (t) => {
  const server = await startServer(t);
  const ada = await newcomer(t, browser, server, "Ada");
  await composer(ada, "lobby").waitFor();
  await ada.getByRole("navigation", { name: "Rooms" }).getByRole("button", { name: "New room" }).click();
  await ada.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("garden");
  await ada.getByRole("dialog").getByRole("button", { name: "Make room" }).click();
  await composer(ada, "garden").waitFor();
  const bob = await newcomer(t, browser, server, "Bob", new URL(ada.url()).pathname);
  await bob.getByRole("button", { name: "Join room" }).click();
  await composer(bob, "garden").waitFor();

  await ada.getByRole("button", { name: "Members", exact: true }).click();
  await ada.getByRole("button", { name: "Actions for Bob" }).click();
  await ada.getByRole("button", { name: "Remove Bob" }).click();
  await ada.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await bob.getByRole("heading", { name: "You were removed from this room" }).waitFor();
  await say(ada, "garden", "after he was removed");
  await seen(ada, "after he was removed");
  await ada.getByText("Ada removed Bob").waitFor();
  assert.equal(await bob.getByText("after he was removed").count(), 0);
});

test("a link to a room survives the sign-in that it meets", async (t) => {
  const server = await startServer(t);
  const ada = await signUp(server, "Ada");
  const room = await createRoom(ada, "garden");
  await post(ada, room, "here we are");
  const page = await open(t, browser);
  await page.goto(`${server.url}/rooms/${room}`);
  await signIn(page, "Ada");
  await seen(page, "here we are");
  assert.equal(new URL(page.url()).pathname, `/rooms/${room}`);
});

test("the back button goes back, and forward again", async (t) => {
  const server = await startServer(t);
  const mary = await signUp(server, "Mary");
  const [garden, shed] = [await createRoom(mary, "garden"), await createRoom(mary, "shed")];
  await post(mary, garden, "in the garden");
  await post(mary, shed, "in the shed");
  const page = await newcomer(t, browser, server, "Ada", `/rooms/${garden}`);
  await page.getByRole("button", { name: "Join room" }).click();
  await seen(page, "in the garden");
  await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "shed" }).click();
  await page.getByRole("button", { name: "Join room" }).click();
  await seen(page, "in the shed");
  await page.goBack();
  await seen(page, "in the garden");
  assert.equal(await message(page, "in the shed").count(), 0);
  await page.goForward();
  await seen(page, "in the shed");
  assert.equal(new URL(page.url()).pathname, `/rooms/${shed}`);
});

test("a room that does not exist is said not to", async (t) => {
  const server = await startServer(t);
  const nowhere = "/rooms/01890a5d-ac96-774b-bcce-b302099a8057";
  const page = await newcomer(t, browser, server, "Ada", nowhere, { refusal: 404 });
  await page.getByText(/no such room/i).first().waitFor();
});

test("what happens in another room of one's own is counted", async (t) => {
  const server = await startServer(t);
  const mary = await signUp(server, "Mary");
  const room = await createRoom(mary, "garden");
  const page = await newcomer(t, browser, server, "Ada", `/rooms/${room}`);
  await page.getByRole("button", { name: "Join room" }).click();
  await composer(page, "garden").waitFor();
  const there = await lobby(mary);
  for (const text of ["one", "two"]) await post(mary, there, text);
  const link = page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: /lobby.*2 unread/ });
  await link.click();
  await seen(page, "two");
  await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "lobby", exact: true }).waitFor();
});

test("people who are in a room already find it in their list", async (t) => {
  const server = await startServer(t);
  const [ada, bob] = [await signUp(server, "Ada"), await signUp(server, "Bob")];
  const room = await createRoom(ada, "garden");
  await join(bob, room);
  const page = await open(t, browser);
  await page.goto(`${server.url}/`);
  await signIn(page, "Bob");
  await page.getByRole("list", { name: "Your rooms" }).getByRole("link", { name: "garden" }).click();
  await composer(page, "garden").waitFor();
});

test("everybody sees for how long a room keeps its messages", async (t) => {
  const server = await startServer(t);
  const [ada, bob] = [await signUp(server, "Ada"), await signUp(server, "Bob")];
  const room = await createRoom(ada, "garden");
  await join(bob, room);
  const hers = await enter(t, browser, server, ada, `/rooms/${room}`);
  const his = await enter(t, browser, server, bob, `/rooms/${room}`);
  await composer(his, "garden").waitFor();
  assert.equal(await his.getByRole("button", { name: "How long messages are kept" }).count(), 0, "it is not his to set");

  const dialog = hers.getByRole("dialog", { name: "How long messages are kept" });
  const choose = async (choice, days) => {
    await hers.getByRole("button", { name: "How long messages are kept" }).click();
    await dialog.getByRole("radio", { name: choice }).check();
    if (days !== undefined) await dialog.getByRole("textbox", { name: "Days" }).fill(days);
  };
  await choose("For a number of days", "0");
  assert.ok(await dialog.getByRole("button", { name: "Set" }).isDisabled());
  await dialog.getByRole("textbox", { name: "Days" }).fill("30");
  await dialog.getByRole("textbox", { name: "Days" }).press("Enter");
  await dialog.waitFor({ state: "detached" });
  for (const page of [hers, his]) {
    await page.getByRole("log").getByText(/Ada\s+set that from .* on, messages older than 30 days are removed/).waitFor();
    await page.getByText(/^From .* on, messages older than 30 days are removed\.$/).waitFor();
  }
  await choose("For ever");
  await dialog.getByRole("button", { name: "Set" }).click();
  await his.getByText("set that messages are kept for ever").waitFor();
  await his.getByText(/^From .* are removed/).waitFor({ state: "detached" });
});
