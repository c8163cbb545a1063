// A second factor as people have it: set up on a page, asked for when they sign in, and what is left when the app is lost.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PASSWORD } from "../support/api.js";
import { authenticator } from "../support/authenticator.js";
import { accessible } from "../support/axe.js";
import { composer, launch, newcomer, open } from "../support/browser.js";
import { startServer } from "../support/server.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Sets one up; answers the app and the recovery codes. */
async function setUp(page, server) {
  await page.goto(`${server.url}/account/second-factor`);
  await page.getByRole("button", { name: "Set one up" }).click();
  const app = authenticator(await page.getByLabel("Secret, to be typed").inputValue());
  await accessible(page);
  await page.getByLabel("The code that it shows now").fill(await app.code());
  await page.getByLabel("Your password").fill(PASSWORD);
  await page.getByRole("button", { name: "Set it up" }).click();
  await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
  await accessible(page);
  return { app, codes: await page.locator(".codes code").allTextContents() };
}

async function signInHalfWay(page, server) {
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel("Name", { exact: true }).fill("Ada");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/sign-in\/second-factor/);
}

for (const javaScriptEnabled of [true, false]) {
  test(`it is asked for after the password, ${javaScriptEnabled ? "with" : "without"} JavaScript`, async (t) => {
    const server = await startServer(t);
    const { app, codes } = await setUp(await newcomer(t, browser, server, "Ada"), server);
    assert.equal(codes.length, 10);

    // The password alone, and a wrong code, are refused on purpose.
    const page = await open(t, browser, { javaScriptEnabled, refusal: "40" });
    await signInHalfWay(page, server);
    if (javaScriptEnabled) await accessible(page);
    const code = page.getByLabel("Code", { exact: true });
    // One can type at once.
    await page.keyboard.type("000000");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "This code is wrong" }).waitFor();
    await code.fill(await app.code());
    await page.keyboard.press("Enter");
    if (javaScriptEnabled) await composer(page, "lobby").waitFor();
    else await page.getByRole("link", { name: "lobby" }).first().waitFor();

    // The phone is lost.
    await page.getByRole("button", { name: "Sign out" }).first().click();
    await page.waitForURL(/\/sign-in/);
    await signInHalfWay(page, server);
    await code.fill(codes[0].toUpperCase());
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-"));
    await page.goto(`${server.url}/account/second-factor`);
    await page.getByText("9 recovery codes left").waitFor();
    if (javaScriptEnabled) await accessible(page);
  });
}
