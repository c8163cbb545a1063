// The pages about one's own account and those of who keeps order, without JavaScript, and whether everybody can use them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { PASSWORD, createRoom, signUp } from "../support/api.js";
import { accessible } from "../support/axe.js";
import { composer, launch, newcomer, open, signIn } from "../support/browser.js";
import { startServer } from "../support/server.js";
import { administrator, enter } from "./people.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const PLAIN = { javaScriptEnabled: false };
const NEW_PASSWORD = "battery horse correct";

async function fill(page, fields) {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
}

function press(page, name) {
  return page.getByRole("button", { name, exact: true }).click();
}

function told(page, text) {
  return page.getByRole("status").filter({ hasText: text }).waitFor();
}

test("name, status and picture are changed, and others see it live", async (t) => {
  const server = await startServer(t);
  const ada = await newcomer(t, browser, server, "Ada");
  await composer(ada, "lobby").waitFor();
  const page = await newcomer(t, browser, server, "Bob", "/account", { ...PLAIN, refusal: "4" });
  await page.getByText("0 members").waitFor({ state: "detached" });
  await fill(page, { Name: "ADA" });
  await press(page, "Save");
  await page.getByRole("alert").waitFor();
  await fill(page, { Name: "Bobby", Status: "out for lunch" });
  await press(page, "Save");
  await told(page, "Your profile is saved.");
  await ada.getByText("Bobby").first().waitFor();

  await page.getByRole("link", { name: "Picture", exact: true }).click();
  const source = () => page.getByAltText("Your present picture").getAttribute("src");
  assert.match(await source(), /\/0$/);
  await page.getByLabel("A new picture").setInputFiles({ name: "x.png", mimeType: "image/png", buffer: Buffer.from("no") });
  await press(page, "Use this picture");
  await page.getByRole("alert").waitFor();
  const buffer = await page.screenshot({ clip: { x: 0, y: 0, width: 300, height: 200 } });
  await page.getByLabel("A new picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer });
  await press(page, "Use this picture");
  await told(page, "Your picture is saved.");
  assert.match(await source(), /\/1$/);
  const shown = await page.request.get(server.url + (await source()));
  assert.equal(shown.headers()["content-type"], "image/png");
  await press(page, "Remove the picture");
  await told(page, "drawn from your name again");
});

test("a password is changed, sessions are listed and ended", async (t) => {
  const server = await startServer(t);
  const page = await newcomer(t, browser, server, "Ada", "/account/password", { ...PLAIN, refusal: "4" });
  const other = await open(t, browser, { ...PLAIN, refusal: 401 });
  await other.goto(`${server.url}/sign-in`);
  await signIn(other, "Ada");
  await other.getByRole("link", { name: "lobby" }).first().waitFor();
  await fill(page, { "Present password": "not the password", "New password": NEW_PASSWORD });
  await press(page, "Change the password");
  await page.getByRole("alert").filter({ hasText: "Your present password is another one" }).waitFor();
  await fill(page, { "Present password": PASSWORD, "New password": NEW_PASSWORD });
  await press(page, "Change the password");
  await told(page, "Your password is changed");
  await other.goto(`${server.url}/rooms`);
  await other.waitForURL(/\/sign-in/);

  await signIn(other, "Ada", NEW_PASSWORD);
  await other.getByRole("link", { name: "lobby" }).first().waitFor();
  await page.getByRole("link", { name: "Sessions" }).click();
  await page.getByText("this one").waitFor();
  assert.equal(await page.getByText(/Chrom.* on Linux/).count(), 2);
  await press(page, "Sign out everywhere else");
  await told(page, "All your other sessions have ended.");
  await other.goto(`${server.url}/rooms`);
  await other.waitForURL(/\/sign-in/);
  await page.getByRole("button", { name: /^Sign out Chrom/ }).click();
  await page.waitForURL(/\/sign-in/);
});

test("an access token is made, shown once and revoked, by the keyboard", async (t) => {
  const server = await startServer(t);
  const page = await newcomer(t, browser, server, "Ada", "/account", { refusal: "4" });
  await page.getByRole("link", { name: "Access tokens" }).press("Enter");
  await page.getByText("There are none.").waitFor();
  const field = (label) => page.getByLabel(label, { exact: true });
  await field("What it is for").focus();
  await page.keyboard.type("deploy bot");
  // From there each field is a Tab away: the boxes in their order, the days, the password, the button.
  await page.keyboard.press("Tab");
  assert.ok(await field("See and hear everything that you may").isChecked(), "reading is what most need");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  assert.ok(await field("Post, edit and delete messages, and use slash commands").isChecked());
  for (let box = 2; box < 5; box += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type("not the password");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "Your present password is another one" }).waitFor();
  assert.equal(await field("What it is for").inputValue(), "deploy bot");
  assert.ok(await field("Post, edit and delete messages, and use slash commands").isChecked());
  await field("Your password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  const token = await field("Token").inputValue();
  assert.match(token, /^chinwag_pat_[\w-]{43}$/);
  await accessible(page);
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await fetch(`${server.url}/api/v1/me`, { headers })).status, 200);
  await page.goto(`${server.url}/account/tokens`);
  assert.equal((await page.content()).includes(token), false, "it is shown once");
  await page.getByText("last used").waitFor();
  await page.getByRole("button", { name: "Revoke the token deploy bot" }).press("Enter");
  await told(page, "The token is revoked");
  assert.equal((await fetch(`${server.url}/api/v1/me`, { headers })).status, 401);
});

test("one takes one's data along", async (t) => {
  const server = await startServer(t);
  const page = await newcomer(t, browser, server, "Ada", "/account/data");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download your data" }).click(),
  ]);
  const data = JSON.parse(await readFile(await download.path(), "utf8"));
  assert.equal(data.user.name, "Ada");
  assert.equal(data.sessions.length, 1);
});

test("rooms are made, closed and renamed, people are brought in and written to, without JavaScript", async (t) => {
  const server = await startServer(t);
  await signUp(server, "Bob");
  const page = await newcomer(t, browser, server, "Ada", "/rooms", { ...PLAIN, refusal: "4" });
  await fill(page, { Name: "Cellar" });
  await page.getByLabel("Only those who are brought in; nobody else sees it").check();
  await press(page, "Make the room");
  await page.getByRole("link", { name: "1 member" }).click();
  await page.getByText("A closed room").waitFor();
  await fill(page, { Name: "Nobody" });
  await press(page, "Bring in");
  await page.getByRole("alert").waitFor();
  await fill(page, { Name: "bob" });
  await press(page, "Bring in");
  await told(page, "They are in the room now.");
  await fill(page, { "New name": "Wine cellar" });
  await press(page, "Rename");
  await page.getByRole("heading", { name: "Wine cellar" }).waitFor();
  await page.getByRole("button", { name: "Remove Bob" }).click();
  await told(page, "They are not in the room any more.");

  await page.getByRole("link", { name: "People" }).click();
  await fill(page, { Name: "bo" });
  await press(page, "Search");
  await page.getByRole("button", { name: "Write to Bob" }).click();
  await page.getByRole("heading", { name: "Bob" }).waitFor();
  await fill(page, { Message: "psst" });
  await press(page, "Send");
  await page.getByText("psst", { exact: true }).waitFor();
});

test("settings are decided on their page, and hold at once", async (t) => {
  const server = await startServer(t, { CHINWAG_SIGN_UP: "invitation" });
  const root = await enter(t, browser, server, await administrator(server), "/administration", { ...PLAIN, refusal: 400 });
  await root.getByRole("link", { name: "Settings and limits" }).click();
  await root.getByLabel("How accounts are made").selectOption("open");
  await fill(root, { "Rooms and direct conversations per hour by one person": "7" });
  await press(root, "Save");
  await told(root, "The settings are saved");
  assert.equal(await root.getByLabel("Rooms and direct conversations per hour by one person").inputValue(), "7");
  await signUp(server, "Ada");
  await root.getByRole("link", { name: "Rooms", exact: true }).last().click();
  await root.getByText("lobby").waitFor();
});

test("every page of accounts and administration can be used by everybody", async (t) => {
  const server = await startServer(t, { CHINWAG_GUESTS: "yes" });
  const root = await administrator(server);
  const ada = await signUp(server, "Ada");
  const room = await createRoom(ada, "garden");
  await root.call("POST", "/tokens", { name: "deploy bot", scopes: ["read", "post"], days: 7, password: PASSWORD });
  await root.call("POST", "/administration/invitations", { uses: 3, hours: 5, note: "the new ones" });
  const { path: invitation } = await root.call("POST", "/administration/invitations", { uses: 1, hours: 1 });
  const { path: reset } = await root.call("POST", `/administration/people/${ada.id}/reset`, {});
  await root.call("PUT", `/administration/people/${ada.id}/mute`, { until: Date.now() + 3_600_000, reason: "loud" });
  const inside = ["/account", "/account/picture", "/account/password", "/account/sessions", "/account/tokens", "/account/data", "/people?text=a"];
  const above = ["people", `people/${ada.id}`, "rooms", "invitations", "settings", "audit"];
  for (const colorScheme of ["light", "dark"]) {
    const stranger = await open(t, browser, { colorScheme });
    for (const path of ["/sign-in", "/sign-up", "/guest", invitation, reset]) {
      await stranger.goto(server.url + path);
      await accessible(stranger);
    }
    const page = await enter(t, browser, server, root, "/account", { colorScheme });
    for (const path of [...inside, ...above.map((name) => `/administration/${name}`)]) {
      await page.goto(server.url + path);
      await accessible(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(wide, false, `${path} is wider than the window`);
    }
    const hers = await enter(t, browser, server, ada, `/rooms/${room}/members`, { colorScheme });
    await accessible(hers);
    // On a phone nothing is cut off.
    await page.setViewportSize({ width: 360, height: 700 });
    for (const path of [...inside, ...above.map((name) => `/administration/${name}`)]) {
      await page.goto(server.url + path);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(wide, false, `${path} is wider than a phone`);
    }
  }
});
