// People in Chromium.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { PASSWORD } from "./api.js";
import { atEnd } from "./cleanup.js";
import { program } from "./process.js";
import { DEADLINE } from "./waiting.js";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What the browser itself says of a server that is away. */
const OUTAGE = /WebSocket connection to .* failed|Failed to load resource: net::ERR_/;

/** Starts Chromium with a profile of its own. */
export function launch() {
  return chromium.launch({ executablePath: program("chromium"), args: ARGUMENTS });
}

/**
 * A window of its own, as on a computer of its own: `page`. When the test `t` ends it is closed, and the test fails if
 * the page has complained (an error, a breach of its security policy, a dialog). `outage`: the server goes away in this
 * test, so the browser may say that; `refusal`: the server refuses something, so the browser may name that status.
 */
export async function open(t, browser, { outage = false, refusal, ...options } = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(DEADLINE);
  const complaints = [];
  context.on("page", (page) => {
    page.on("pageerror", (error) => complaints.push(`error: ${error.stack ?? error}`));
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      const text = message.text();
      const { url } = message.location();
      if (outage && OUTAGE.test(text)) return;
      if (refusal && text.includes(`the server responded with a status of ${refusal}`)) return;
      complaints.push(`${message.type()}: ${text} (${url})`);
    });
    page.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  });
  const page = await context.newPage();
  atEnd(t, async () => {
    if (t.passed === false) console.log(`--- ${page.url()}\n${await snapshot(page)}\n--- end`);
    await context.close();
    assert.deepEqual(complaints, []);
  });
  return page;
}

/** A window in which somebody has made an account and is at `path`. */
export async function newcomer(t, browser, server, name, path = "/", options) {
  const page = await open(t, browser, options);
  await page.goto(`${server.url}/sign-up?next=${encodeURIComponent(path)}`);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-"));
  return page;
}

/** Fills in the sign-in form that is on the page. */
export async function signIn(page, name, password = PASSWORD) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Where one writes in the room of that name. */
export function composer(page, room) {
  return page.getByRole("textbox", { name: `Message to ${room}` });
}

/** Writes and sends a message in the room of that name. */
export async function say(page, room, text) {
  await composer(page, room).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

/** The message with exactly this text. */
export function message(page, text) {
  return page.getByRole("log", { name: "Messages" }).getByText(text, { exact: true });
}

/** The line that says who types, while it says this. */
export function typing(page, sentence) {
  return page.getByRole("status", { name: "Typing" }).filter({ hasText: sentence });
}

/** Waits until the message with exactly this text is there. */
export function seen(page, text) {
  return message(page, text).first().waitFor();
}

/** The texts of all messages on the page, in their order. */
export function shown(page) {
  return page.getByRole("log", { name: "Messages" }).locator("article .text").allInnerTexts();
}

/** Waits until `check` holds, asking again and again; what it gave last is in the error. */
export async function eventually(what, check) {
  const begun = Date.now();
  for (;;) {
    const found = await check();
    if (found === true) return;
    assert.ok(Date.now() - begun < DEADLINE, `not after ${DEADLINE} ms: ${what}: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function snapshot(page) {
  try {
    return await page.locator("body").ariaSnapshot();
  } catch (error) {
    return `no picture of the page: ${error.message}`;
  }
}
