// Direct conversations in the browser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { post, signUp } from "../support/api.js";
import { composer, launch, newcomer, say, seen } from "../support/browser.js";
import { startServer } from "../support/server.js";
import { enter } from "./people.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const conversations = (page) => page.getByRole("list", { name: "Direct messages" });

/** Opens the dialog and chooses these people with the keyboard alone. */
async function choose(page, ...names) {
  await page.getByRole("button", { name: "New message" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "New message" });
  for (const name of names) {
    await page.keyboard.type(name.toLowerCase());
    // Nobody else is called that; those who are offered before the answer is there are others as well.
    await dialog.getByRole("option", { name, selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: `Take ${name} out` }).waitFor();
  }
  return dialog;
}

test("two people talk with each other, and the other finds the conversation unread at once", async (t) => {
  const server = await startServer(t);
  const ada = await newcomer(t, browser, server, "Ada");
  const bob = await newcomer(t, browser, server, "Bob");
  await composer(ada, "lobby").waitFor();
  await composer(bob, "lobby").waitFor();
  await choose(ada, "Bob");
  await ada.keyboard.press("Enter");
  await ada.getByRole("heading", { level: 1, name: "Bob" }).waitFor();
  await say(ada, "Bob", "psst");
  await conversations(ada).getByRole("link", { name: "Bob", exact: true }).waitFor();

  await conversations(bob).getByRole("link", { name: /^Ada.*1 unread/ }).click();
  await seen(bob, "psst");
  await conversations(bob).getByRole("link", { name: "Ada", exact: true }).waitFor();
  await say(bob, "Ada", "I hear you");
  await seen(ada, "I hear you");
  assert.equal(await ada.getByRole("list", { name: "Your rooms" }).getByRole("link").count(), 1, "it is no room");
});

test("what was written before the other's page knew of the conversation is unread", async (t) => {
  const server = await startServer(t);
  const [ada, bob] = [await signUp(server, "Ada"), await signUp(server, "Bob")];
  const page = await enter(t, browser, server, bob);
  await composer(page, "lobby").waitFor();
  // The page asks for the conversation when it hears of it; what is written before it has its answer must count.
  let holds = false;
  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  await page.routeWebSocket(/socket\.io/, (client) => {
    const upstream = client.connectToServer();
    client.onMessage(async (frame) => {
      if (holds && String(frame).includes("room:load")) await held;
      upstream.send(frame);
    });
  });
  // Only connections from now on go the way of the route.
  await page.reload();
  await composer(page, "lobby").waitFor();
  holds = true;
  const { room } = await ada.call("POST", "/direct", { people: [bob.id] });
  for (const text of ["one", "two"]) await post(ada, room.id, text);
  await conversations(page).getByRole("link", { name: "Ada" }).waitFor();
  letGo();
  await conversations(page).getByRole("link", { name: /^Ada.*2 unread/ }).waitFor();
});

test("a conversation that began while one was away is unread", async (t) => {
  const server = await startServer(t);
  const [ada, bob] = [await signUp(server, "Ada"), await signUp(server, "Bob")];
  const page = await enter(t, browser, server, bob);
  await composer(page, "lobby").waitFor();
  await page.goto("about:blank");
  const { room } = await ada.call("POST", "/direct", { people: [bob.id] });
  await post(ada, room.id, "are you there?");
  await page.goto(server.url);
  const link = conversations(page).getByRole("link", { name: /^Ada.*unread/ });
  await link.click();
  await seen(page, "are you there?");
  await link.waitFor({ state: "detached" });
});

test("several people are one conversation, however often and by whomever it is opened", async (t) => {
  const server = await startServer(t);
  const [ada, bob, mary] = [await signUp(server, "Ada"), await signUp(server, "Bob"), await signUp(server, "Mary")];
  const page = await enter(t, browser, server, ada);
  await composer(page, "lobby").waitFor();
  const dialog = await choose(page, "Mary", "Bob");
  await dialog.getByRole("button", { name: "Open conversation" }).click();
  await page.getByRole("heading", { level: 1, name: "Bob, Mary" }).waitFor();
  const { room } = await bob.call("POST", "/direct", { people: [mary.id, ada.id] });
  assert.equal(new URL(page.url()).pathname, `/rooms/${room.id}`);
  await post(mary, room.id, "all three of us");
  await seen(page, "all three of us");
});

test("somebody is chosen who was found for what is typed now, and nobody else", async (t) => {
  const server = await startServer(t);
  const ada = await signUp(server, "Ada");
  for (const name of ["Bob", "Zoe"]) await signUp(server, name);
  const page = await enter(t, browser, server, ada);
  await page.getByRole("button", { name: "New message" }).click();
  const dialog = page.getByRole("dialog", { name: "New message" });
  await dialog.getByRole("option", { name: "Bob" }).waitFor();
  // Faster than any answer: Bob is still the first of those who are offered.
  await page.keyboard.type("zoe\n");
  await dialog.getByRole("option", { name: "Zoe", selected: true }).waitFor();
  assert.equal(await dialog.getByRole("button", { name: /^Take/ }).count(), 0);
  await dialog.getByRole("option", { name: "Zoe" }).click();
  await dialog.getByRole("button", { name: "Take Zoe out" }).click();
  assert.equal(await dialog.getByRole("button", { name: "Open conversation" }).isDisabled(), true);
});

test("who has left a conversation can open it again", async (t) => {
  const server = await startServer(t);
  const [ada, bob] = [await signUp(server, "Ada"), await signUp(server, "Bob")];
  const { room } = await ada.call("POST", "/direct", { people: [bob.id] });
  const page = await enter(t, browser, server, ada, `/rooms/${room.id}`);
  await composer(page, "Bob").waitFor();
  await ada.call("DELETE", `/rooms/${room.id}/members/me`);
  await page.getByRole("heading", { name: "You left this conversation" }).waitFor();
  assert.equal(await conversations(page).getByRole("link").count(), 0);
  await page.getByRole("button", { name: "Open it again" }).click();
  await composer(page, "Bob").waitFor();
});
