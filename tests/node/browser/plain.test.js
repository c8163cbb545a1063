// A person without JavaScript signs in, reads and posts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { lobby, post, signUp, texts } from "../support/api.js";
import { composer, launch, newcomer, open, seen, signIn } from "../support/browser.js";
import { startServer } from "../support/server.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("without JavaScript one makes an account, reads and posts, and others see it live", async (t) => {
  const server = await startServer(t);
  const mary = await signUp(server, "Mary");
  const room = await lobby(mary);
  await post(mary, room, "<b>hello</b> & welcome");
  const ada = await newcomer(t, browser, server, "Ada", `/rooms/${room}`);
  await composer(ada, "lobby").waitFor();

  const plain = await newcomer(t, browser, server, "Bob", "/rooms", { javaScriptEnabled: false });
  await plain.getByRole("link", { name: "lobby" }).first().click();
  await plain.getByText("<b>hello</b> & welcome", { exact: true }).waitFor();
  await plain.getByLabel("Message", { exact: true }).fill("hello from paper");
  await plain.getByRole("button", { name: "Send" }).click();
  await plain.getByText("hello from paper", { exact: true }).waitFor();
  await seen(ada, "hello from paper");
  await plain.reload();
  assert.equal(await plain.getByText("hello from paper", { exact: true }).count(), 1);
  assert.deepEqual(await texts(mary, room), ["<b>hello</b> & welcome", "hello from paper"]);

  await plain.getByRole("button", { name: "Sign out" }).click();
  await plain.goto(`${server.url}/rooms/${room}`);
  await signIn(plain, "Bob");
  await plain.getByText("hello from paper", { exact: true }).waitFor();
  assert.equal(new URL(plain.url()).pathname, `/rooms/${room}`);
});

test("without JavaScript a wrong password and an empty message are explained", async (t) => {
  const server = await startServer(t);
  await signUp(server, "Ada");
  const page = await open(t, browser, { javaScriptEnabled: false, refusal: "4" });
  await page.goto(`${server.url}/sign-in`);
  await signIn(page, "Ada", "not the password");
  await page.getByRole("alert").waitFor();
  await signIn(page, "Ada");
  await page.getByRole("link", { name: "lobby" }).first().click();
  await page.getByLabel("Message", { exact: true }).fill("   ");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("alert").waitFor();
});
