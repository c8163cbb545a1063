// Every way in and out, without JavaScript: by invitation, as a guest, by a link for a new password, and gone for good.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PASSWORD, lobby, signUp } from "../support/api.js";
import { accessible } from "../support/axe.js";
import { composer, launch, message, newcomer, open, say, seen, signIn } from "../support/browser.js";
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

test("one comes in by an invitation, whose link and code an administrator is shown once", async (t) => {
  const server = await startServer(t, { CHINWAG_SIGN_UP: "invitation" });
  const root = await enter(t, browser, server, await administrator(server), "/administration/invitations", PLAIN);
  await fill(root, { "What it is for": "the new ones", "How many accounts may be made with it": "1" });
  await press(root, "Make the link");
  const link = await root.getByLabel("Link", { exact: true }).inputValue();
  await root.getByRole("img", { name: "QR code of the link" }).waitFor();
  assert.ok(link.startsWith(`${server.url}/invitation/`), link);

  const page = await open(t, browser, { ...PLAIN, refusal: 403 });
  await page.goto(`${server.url}/sign-in`);
  assert.equal(await page.getByRole("link", { name: "Make an account" }).count(), 0);
  await page.goto(link);
  await fill(page, { Name: "Ada", Password: PASSWORD });
  await press(page, "Create account");
  await page.getByRole("link", { name: "lobby" }).first().waitFor();
  await press(page, "Sign out");
  await page.goto(link);
  await page.getByText("has been used up").waitFor();

  await root.goto(`${server.url}/administration/invitations`);
  await root.getByText("1 of 1 used").waitFor();
  assert.equal(await root.getByLabel("Link", { exact: true }).count(), 0);
});

test("a revoked invitation opens nothing", async (t) => {
  const server = await startServer(t, { CHINWAG_SIGN_UP: "invitation" });
  const root = await enter(t, browser, server, await administrator(server), "/administration/invitations", PLAIN);
  await press(root, "Make the link");
  const link = await root.getByLabel("Link", { exact: true }).inputValue();
  await root.getByRole("button", { name: "Revoke" }).click();
  await root.getByText("The invitation is revoked.").waitFor();
  const page = await open(t, browser, { ...PLAIN, refusal: 403 });
  await page.goto(link);
  await page.getByText("was revoked").waitFor();
});

test("a guest comes by a handle, is marked, and is gone when they sign out", async (t) => {
  const server = await startServer(t, { CHINWAG_GUESTS: "yes" });
  const ada = await newcomer(t, browser, server, "Ada");
  await composer(ada, "lobby").waitFor();
  const page = await open(t, browser, { refusal: 409 });
  await page.goto(`${server.url}/sign-in`);
  await page.getByRole("link", { name: "Come in as a guest" }).click();
  await page.getByText("Please enter a handle").waitFor();
  await accessible(page);
  await fill(page, { Handle: "ada" });
  await press(page, "Come in");
  await page.getByRole("alert").waitFor();
  await fill(page, { Handle: "Visitor" });
  await press(page, "Come in");
  await say(page, "lobby", "just looking in");
  await seen(ada, "just looking in");
  await ada.getByText("guest", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
  await ada.getByText("former guest").first().waitFor();
});

test("who forgot their password sets a new one by a link, and is out everywhere else", async (t) => {
  const server = await startServer(t);
  const ada = await newcomer(t, browser, server, "Ada", "/", { refusal: 401 });
  await composer(ada, "lobby").waitFor();
  const root = await enter(t, browser, server, await administrator(server), "/administration/people?text=ada", PLAIN);
  await root.getByRole("link", { name: "Ada" }).click();
  await press(root, "Make a link for a new password");
  const link = await root.getByLabel("Link", { exact: true }).inputValue();

  const page = await open(t, browser, { ...PLAIN, refusal: "4" });
  await page.goto(link);
  await page.getByText("It sets the password of Ada").waitFor();
  await fill(page, { "New password": "password123" });
  await press(page, "Set the password");
  await page.getByRole("alert").waitFor();
  await fill(page, { "New password": NEW_PASSWORD });
  await press(page, "Set the password");
  await page.getByRole("link", { name: "lobby" }).first().waitFor();
  await ada.waitForURL(/\/sign-in/);
  await page.goto(link);
  await page.getByText("has expired or has been used").waitFor();
});

test("a suspension is seen at once by a second open browser, and the way in is closed", async (t) => {
  const server = await startServer(t);
  const ada = await newcomer(t, browser, server, "Ada", "/", { refusal: "4" });
  await composer(ada, "lobby").waitFor();
  const root = await enter(t, browser, server, await administrator(server), "/administration/people?text=ada", PLAIN);
  await root.getByRole("link", { name: "Ada" }).click();
  const form = root.locator("form").filter({ hasText: "cannot sign in until it is lifted" });
  await form.getByLabel("Why (for the audit log)").fill("spam");
  await press(root, "Suspend");
  await ada.waitForURL(/\/sign-in/);
  await root.getByText("They are signed out everywhere and cannot sign in.").waitFor();
  await signIn(ada, "Ada");
  await ada.getByText("This account is suspended.").waitFor();
  await press(root, "Let them sign in again");
  await root.getByText("They can sign in again.").waitFor();
  await signIn(ada, "Ada");
  await composer(ada, "lobby").waitFor();
  await root.goto(`${server.url}/administration/audit?name=ada`);
  await root.getByText("person.suspended").waitFor();
  await root.getByText("spam", { exact: true }).waitFor();
});

test("who deletes their account leaves what they wrote to a former member", async (t) => {
  const server = await startServer(t);
  const mary = await signUp(server, "Mary");
  const ada = await newcomer(t, browser, server, "Ada");
  await composer(ada, "lobby").waitFor();
  await lobby(mary);
  const page = await newcomer(t, browser, server, "Bob", "/rooms", { ...PLAIN, refusal: 403 });
  await page.getByRole("link", { name: "lobby" }).first().click();
  await fill(page, { Message: "I was here" });
  await press(page, "Send");
  await seen(ada, "I was here");
  await page.goto(`${server.url}/account/data`);
  await fill(page, { "Your password": "not the password" });
  await press(page, "Delete my account for good");
  await page.getByRole("alert").waitFor();
  await fill(page, { "Your password": PASSWORD });
  await press(page, "Delete my account for good");
  await page.waitForURL(/\/sign-in/);
  await ada.getByText("former member").first().waitFor();
  await message(ada, "I was here").waitFor();
});
