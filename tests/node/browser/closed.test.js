// Closed rooms in the browser, and what the owners of a room decide.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRoom, join, signUp } from "../support/api.js";
import { composer, launch, newcomer, say, seen } from "../support/browser.js";
import { startServer } from "../support/server.js";
import { administrator, enter } from "./people.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const members = (page) => page.getByRole("complementary", { name: /members?$/ });

/** Makes a closed room by the dialog. */
async function makeClosed(page, name) {
  await page.getByRole("navigation", { name: "Rooms" }).getByRole("button", { name: "New room" }).click();
  const dialog = page.getByRole("dialog", { name: "New room" });
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("radio", { name: /^Closed/ }).check();
  await dialog.getByRole("button", { name: "Make room" }).click();
  await composer(page, name).waitFor();
}

/** Shows what can be done about somebody in the list of members. */
async function act(page, name, action) {
  const button = members(page).getByRole("button", { name: `Actions for ${name}` });
  if ((await button.getAttribute("aria-expanded")) === "false") await button.click();
  await members(page).getByRole("button", { name: action }).click();
}

test("a closed room is seen by nobody else until somebody is added", async (t) => {
  const server = await startServer(t);
  const ada = await newcomer(t, browser, server, "Ada");
  await composer(ada, "lobby").waitFor();
  const bob = await newcomer(t, browser, server, "Bob", "/rooms");
  await bob.getByRole("heading", { level: 1, name: "Rooms" }).waitFor();
  await makeClosed(ada, "secret garden");
  // Made later, and there: what was made before is not on its way any more.
  const mary = await signUp(server, "Mary");
  await createRoom(mary, "meadow");
  await bob.getByRole("list", { name: "All rooms" }).getByRole("link", { name: "meadow" }).waitFor();
  assert.equal(await bob.getByRole("link", { name: /secret garden/ }).count(), 0);

  await ada.getByRole("button", { name: "Members", exact: true }).click();
  await members(ada).getByRole("button", { name: "Add people" }).click();
  const dialog = ada.getByRole("dialog", { name: "Add people" });
  await dialog.getByRole("option", { name: "Bob" }).click();
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await ada.getByText("Ada added Bob").waitFor();
  await ada.getByText("2 members, 2 here now").waitFor();
  await bob.getByRole("list", { name: "Your rooms" }).getByRole("link", { name: "closed room secret garden" }).click();
  await bob.getByText("Ada added Bob").waitFor();
  await say(bob, "secret garden", "so many roses");
  await seen(ada, "so many roses");
});

test("owners of a room make others owners and remove members, and each sees what they may do", async (t) => {
  const server = await startServer(t);
  const root = await administrator(server);
  const [ada, bob] = [await signUp(server, "Ada"), await signUp(server, "Bob")];
  const { room } = await ada.call("POST", "/rooms", { name: "secret garden", kind: "closed" });
  await ada.call("PUT", `/rooms/${room.id}/members/${bob.id}`, {});
  const hers = await enter(t, browser, server, ada, `/rooms/${room.id}`);
  const his = await enter(t, browser, server, bob, `/rooms/${room.id}`);
  for (const page of [hers, his]) {
    await composer(page, "secret garden").waitFor();
    await page.getByRole("button", { name: "Members", exact: true }).click();
    await members(page).getByText("Ada").waitFor();
  }
  const rename = his.getByRole("button", { name: "Rename room" });
  const add = his.getByRole("button", { name: "Add people" });
  await act(his, "Ada", "Message Ada");
  await his.getByRole("heading", { level: 1, name: "Ada" }).waitFor();
  await his.goBack();
  await composer(his, "secret garden").waitFor();
  assert.deepEqual([await rename.count(), await add.count()], [0, 0]);
  await his.getByRole("button", { name: "Members", exact: true }).click();
  await members(his).getByRole("button", { name: "Actions for Ada" }).click();
  assert.equal(await members(his).getByRole("button", { name: /^(Make|Remove)/ }).count(), 0);

  await act(hers, "Bob", "Make owner: Bob");
  await rename.waitFor();
  await add.waitFor();
  // Owners are safe from each other, but not from an administrator.
  await members(hers).getByText("owner").nth(1).waitFor();
  await members(hers).getByRole("button", { name: "Actions for Bob" }).click();
  assert.equal(await members(hers).getByRole("button", { name: /^(Make|Remove)/ }).count(), 0);
  await members(hers).getByRole("button", { name: "Actions for Bob" }).click();
  await root.call("PUT", `/rooms/${room.id}/members/${bob.id}/role`, { role: "member" });
  await rename.waitFor({ state: "detached" });
  await act(hers, "Bob", "Remove Bob");
  await hers.getByRole("dialog", { name: "Remove Bob?" }).getByRole("button", { name: "Remove" }).click();
  await his.getByRole("heading", { name: "You were removed from this room" }).waitFor();
  assert.equal(await his.getByRole("button", { name: "Join room" }).count(), 0, "only others can bring him back");
});

test("a room's new name is seen at once by who is in it and who is not", async (t) => {
  const server = await startServer(t);
  const [ada, bob, mary] = [await signUp(server, "Ada"), await signUp(server, "Bob"), await signUp(server, "Mary")];
  const room = await createRoom(ada, "garden");
  await join(bob, room);
  const hers = await enter(t, browser, server, ada, `/rooms/${room}`);
  const his = await enter(t, browser, server, bob, `/rooms/${room}`);
  const outside = await enter(t, browser, server, mary, "/rooms");
  await composer(his, "garden").waitFor();
  await outside.getByRole("list", { name: "All rooms" }).getByRole("link", { name: /^garden/ }).waitFor();
  await hers.getByRole("button", { name: "Rename room" }).click();
  const dialog = hers.getByRole("dialog", { name: "Rename room" });
  const name = dialog.getByRole("textbox", { name: "Name" });
  assert.equal(await name.inputValue(), "garden");
  await name.fill("Lobby");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await dialog.getByRole("alert").waitFor();
  assert.equal(await name.inputValue(), "Lobby");
  await name.fill("orchard");
  await dialog.getByRole("button", { name: "Rename" }).click();

  for (const page of [hers, his]) {
    await page.getByRole("heading", { level: 1, name: "orchard" }).waitFor();
    await page.getByRole("list", { name: "Your rooms" }).getByRole("link", { name: "orchard" }).waitFor();
    await composer(page, "orchard").waitFor();
  }
  await outside.getByRole("list", { name: "All rooms" }).getByRole("link", { name: /^orchard/ }).waitFor();
  await outside.getByRole("list", { name: "More rooms" }).getByRole("link", { name: "orchard" }).waitFor();
  assert.equal(await outside.getByRole("link", { name: /garden/ }).count(), 0);
});
