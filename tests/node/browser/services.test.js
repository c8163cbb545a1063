// Signing in by another service, a real issuer of OpenID Connect, as people do it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible } from "../support/axe.js";
import { composer, launch, open, say, seen } from "../support/browser.js";
import { startWithService } from "../support/service.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Goes to the service from the page for signing in, and says there who one is. */
async function goBy(page, server, name) {
  await page.goto(`${server.url}/sign-in`);
  await page.getByRole("button", { name: "Continue with Corp" }).click();
  await page.getByLabel("Account").fill(name);
  await page.getByRole("button", { name: "Say who I am" }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test(`one comes by a service, chooses a name and talks, ${javaScriptEnabled ? "with" : "without"} JavaScript`, async (t) => {
    const server = await startWithService(t);
    const page = await open(t, browser, { javaScriptEnabled });
    await goBy(page, server, "ann");
    await page.waitForURL(`${server.url}/sign-up/choose-name`);
    const name = page.getByLabel("Name", { exact: true });
    assert.equal(await name.inputValue(), "ann");
    await name.fill("Ann Bly");
    await page.getByRole("button", { name: "Create account" }).click();
    if (javaScriptEnabled) {
      await composer(page, "lobby").waitFor();
      await say(page, "lobby", "here by Corp");
      await seen(page, "here by Corp");
    } else {
      await page.getByRole("link", { name: "lobby" }).first().waitFor();
    }

    // Once more in the same window: the service knows who it is.
    await page.goto(`${server.url}/account/services`);
    await page.getByText("Since").waitFor();
    await page.getByRole("button", { name: "Sign out" }).first().click();
    await page.waitForURL(/\/sign-in/);
    await page.getByRole("button", { name: "Continue with Corp" }).click();
    await page.waitForURL((url) => url.href.startsWith(server.url) && !url.pathname.startsWith("/sign-"));
    await page.goto(`${server.url}/account/services`);
    await page.getByText("ann", { exact: true }).waitFor();
  });
}

test("the pages about services can be used by everybody", async (t) => {
  const server = await startWithService(t);
  for (const colorScheme of ["light", "dark"]) {
    const page = await open(t, browser, { colorScheme });
    await page.goto(`${server.url}/sign-in`);
    await accessible(page);
    await goBy(page, server, colorScheme);
    await page.waitForURL(`${server.url}/sign-up/choose-name`);
    await accessible(page);
    await page.getByRole("button", { name: "Create account" }).click();
    await composer(page, "lobby").waitFor();
    await page.goto(`${server.url}/account/services`);
    await page.getByText("Since").waitFor();
    await accessible(page);
    // On a phone nothing is cut off.
    await page.setViewportSize({ width: 360, height: 700 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false, "it is wider than a phone");
  }
});
