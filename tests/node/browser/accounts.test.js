// Making accounts, signing in and out in the browser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PASSWORD, signUp } from "../support/api.js";
import { composer, launch, newcomer, open, signIn } from "../support/browser.js";
import { startServer } from "../support/server.js";
import { DEADLINE, within } from "../support/waiting.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("a wrong password is explained in place, and the right one works", async (t) => {
  const server = await startServer(t);
  await signUp(server, "Ada");
  const page = await open(t, browser, { refusal: 401 });
  await page.goto(`${server.url}/`);
  await signIn(page, "Ada", "not the password");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Ada");
  await signIn(page, "Ada");
  await composer(page, "lobby").waitFor();
});

test("a name that is taken is explained in place", async (t) => {
  const server = await startServer(t);
  await signUp(server, "Ada");
  const page = await open(t, browser, { refusal: 409 });
  await page.goto(`${server.url}/sign-up`);
  await page.getByLabel("Name", { exact: true }).fill("ADA");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("alert").waitFor();
});

test("signing out in one tab ends the other one too", async (t) => {
  const server = await startServer(t);
  const page = await newcomer(t, browser, server, "Ada", "/", { refusal: 401 });
  await composer(page, "lobby").waitFor();
  const other = await page.context().newPage();
  await other.goto(page.url());
  await composer(other, "lobby").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
  await other.waitForURL(/\/sign-in/);
  await other.getByRole("button", { name: "Sign in" }).waitFor();
});

test("the link of the start-up log makes the first administrator", async (t) => {
  const server = await startServer(t);
  const page = await open(t, browser);
  const link = new URL(await within(DEADLINE, "the link is printed", server.firstAdministrator));
  await page.goto(server.url + link.pathname);
  await page.getByLabel("Name", { exact: true }).fill("Root");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button").last().click();
  await composer(page, "lobby").waitFor();
});
