// Dialogs and panels of the browser client, by keyboard, on a phone, and for whoever does not see them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRoom, join, post, signUp } from "../support/api.js";
import { accessible } from "../support/axe.js";
import { composer, launch, seen } from "../support/browser.js";
import { startServer } from "../support/server.js";
import { enter, guest } from "./people.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A server with people in a room, and a window of its owner there. */
async function garden(t, options) {
  const server = await startServer(t, { CHINWAG_GUESTS: "yes" });
  const [ada, bob] = [await signUp(server, "Ada"), await signUp(server, "Bob")];
  const gus = await guest(server, "Gus");
  const room = await createRoom(ada, "garden");
  await join(bob, room);
  await gus.call("PUT", `/rooms/${room}/members/me`, {});
  await bob.call("PATCH", "/account", { status: "on the roof" });
  await ada.call("POST", "/rooms", { name: "secret garden", kind: "closed" });
  const { room: conversation } = await bob.call("POST", "/direct", { people: [ada.id] });
  await gus.call("POST", `/rooms/${room}/messages`, { text: "what a garden", nonce: "one" });
  const page = await enter(t, browser, server, ada, `/rooms/${room}`, options);
  await post(bob, conversation.id, "psst");
  await seen(page, "what a garden");
  return page;
}

const LOOKS = {
  "a light desktop": { colorScheme: "light" },
  "a dark phone": { colorScheme: "dark", viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};

for (const [look, options] of Object.entries(LOOKS)) {
  test(`everybody can use the client: ${look}`, async (t) => {
    const page = await garden(t, { ...options, reducedMotion: "reduce" });
    const dialog = async (button, ready) => {
      await page.getByRole("button", { name: button }).first().click();
      await page.getByRole("dialog").getByRole(ready).first().waitFor();
      await accessible(page);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    };
    await accessible(page);
    await dialog("Rename room", "textbox");
    await dialog("How long messages are kept", "radio");
    await page.getByRole("button", { name: "Members", exact: true }).click();
    await page.getByRole("button", { name: "Actions for Bob" }).click();
    await page.getByText("on the roof").waitFor();
    await accessible(page);
    await dialog("Add people", "combobox");
    await page.getByRole("button", { name: "Close members" }).click();
    if (options.isMobile) await page.getByRole("button", { name: "Rooms" }).click();
    await dialog("New room", "radio");
    await dialog("New message", "option");
    await accessible(page);
  });
}

test("Escape closes what is uppermost, and the focus goes back to where it was", async (t) => {
  const page = await garden(t, LOOKS["a dark phone"]);
  const focused = (name) => page.getByRole("button", { name }).and(page.locator(":focus")).waitFor();
  await page.getByRole("button", { name: "Rooms" }).click();
  await page.getByRole("button", { name: "New message" }).click();
  await page.getByRole("combobox").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await focused("New message");
  await page.keyboard.press("Escape");
  await focused("Rooms");

  await page.getByRole("button", { name: "Members", exact: true }).click();
  await page.getByRole("button", { name: "Add people" }).click();
  await page.getByRole("combobox").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await focused("Add people");
  await page.keyboard.press("Escape");
  await focused("Members");
});

test("people are chosen, and taken out again, by the keyboard", async (t) => {
  const page = await garden(t);
  await page.getByRole("button", { name: "New message" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "New message" });
  const open = dialog.getByRole("button", { name: "Open conversation" });
  const chosen = dialog.getByRole("list", { name: "Chosen people" });
  await dialog.getByRole("option", { name: "Bob" }).waitFor();
  // With nothing typed and nobody chosen there is nothing to open.
  await page.keyboard.press("Enter");
  assert.equal(await open.isDisabled(), true);
  await page.keyboard.press("ArrowDown");
  await dialog.getByRole("option", { name: "Bob", selected: true }).waitFor();
  await page.keyboard.press("Enter");
  await chosen.getByText("Bob").waitFor();
  assert.equal(await dialog.getByRole("option", { name: "Bob" }).count(), 0);
  await page.keyboard.press("Backspace");
  await dialog.getByRole("option", { name: "Bob" }).waitFor();
  assert.equal(await open.isDisabled(), true);
  await page.keyboard.type("gus");
  await dialog.getByText("Nobody found").waitFor();
  for (let i = 0; i < 3; i++) await page.keyboard.press("Backspace");
  await dialog.getByRole("option", { name: "Bob" }).waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await chosen.getByText("Bob").waitFor();
  await page.keyboard.press("Enter");
  await composer(page, "Bob").waitFor();
});
