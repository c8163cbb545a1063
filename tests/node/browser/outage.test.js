// A server or a network that goes away while people write.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRoom, post, signUp, texts } from "../support/api.js";
import { composer, eventually, launch, message, newcomer, say, seen, shown } from "../support/browser.js";
import { startServer } from "../support/server.js";
import { DEADLINE, within } from "../support/waiting.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A server with a room "garden", and windows of Ada and Bob in it. */
async function two(t) {
  const server = await startServer(t);
  const mary = await signUp(server, "Mary");
  const room = await createRoom(mary, "garden");
  const enter = async (name) => {
    const page = await newcomer(t, browser, server, name, `/rooms/${room}`, { outage: true });
    await page.getByRole("button", { name: "Join room" }).click();
    await composer(page, "garden").waitFor();
    // Who would see this gone has reloaded the page.
    await page.evaluate(() => document.body.setAttribute("data-same-page", "yes"));
    return page;
  };
  return { server, mary, room, ada: await enter("Ada"), bob: await enter("Bob") };
}

const samePage = (page) => page.evaluate(() => document.body.hasAttribute("data-same-page"));

for (const end of ["kill", "stop"]) {
  test(`both go on without a reload and without a gap when the server is restarted (${end})`, async (t) => {
    const { server, mary, room, ada, bob } = await two(t);
    await say(ada, "garden", "before");
    await seen(bob, "before");
    await server[end]();
    await ada.getByText(/Connection lost/).waitFor();
    // What happens before the two can be back they do not hear of live: they must catch up with it.
    for (const page of [ada, bob]) await page.context().setOffline(true);
    await server.start();
    await post(mary, room, "at once after the restart");
    for (const page of [ada, bob]) await page.context().setOffline(false);
    for (const page of [ada, bob]) await seen(page, "at once after the restart");
    await say(ada, "garden", "from Ada");
    await seen(bob, "from Ada");
    await say(bob, "garden", "from Bob");
    await seen(ada, "from Bob");
    for (const page of [ada, bob]) {
      assert.deepEqual(await shown(page), ["before", "at once after the restart", "from Ada", "from Bob"]);
      await page.getByText(/Connection lost/).waitFor({ state: "detached" });
      await page.getByText("3 members, 2 here now").waitFor();
      assert.ok(await samePage(page));
    }
  });
}

test("what was written while the server was away is sent once", async (t) => {
  const { server, mary, room, ada, bob } = await two(t);
  await server.kill();
  for (const text of ["one", "two", "three"]) await say(ada, "garden", text);
  await ada.getByText("Waiting for the connection…").first().waitFor();
  await server.start();
  await seen(bob, "three");
  await eventually("nothing waits any more", async () => (await ada.getByTestId("pending").count()) === 0);
  assert.deepEqual(await texts(mary, room), ["one", "two", "three"]);
  for (const page of [ada, bob]) assert.deepEqual(await shown(page), ["one", "two", "three"]);
});

test("what was written before a reload, while the server was away, is sent once", async (t) => {
  const { server, mary, room, ada, bob } = await two(t);
  await server.kill();
  await say(ada, "garden", "do not lose me");
  await ada.getByText("Waiting for the connection…").waitFor();
  const back = ada.waitForEvent("load");
  await server.start();
  await ada.reload();
  await back;
  await seen(bob, "do not lose me");
  await seen(ada, "do not lose me");
  await eventually("nothing waits any more", async () => (await ada.getByTestId("pending").count()) === 0);
  assert.deepEqual(await texts(mary, room), ["do not lose me"]);
  assert.equal(await message(ada, "do not lose me").count(), 1);
});

test("a message whose acknowledgement is lost is sent again and stored once", async (t) => {
  const server = await startServer(t);
  const mary = await signUp(server, "Mary");
  const room = await createRoom(mary, "garden");
  const page = await newcomer(t, browser, server, "Ada", `/rooms/${room}`, { outage: true });
  await page.getByRole("button", { name: "Join room" }).click();
  await composer(page, "garden").waitFor();

  const sent = [];
  let cut;
  const wasCut = new Promise((resolve) => (cut = resolve));
  await page.routeWebSocket(/socket\.io/, (client) => {
    const upstream = client.connectToServer();
    let lost = false;
    client.onMessage((frame) => {
      if (String(frame).includes("message:send")) {
        sent.push(JSON.parse(String(frame).replace(/^42\d*/, ""))[1].nonce);
        lost = sent.length === 1;
      }
      upstream.send(frame);
    });
    upstream.onMessage((frame) => {
      if (!lost) return client.send(frame);
      // The server has stored it and says so; nobody hears that.
      if (String(frame).startsWith("43")) {
        void client.close();
        void upstream.close();
        cut();
      }
    });
  });
  // Only connections from now on go the way of the route.
  await page.reload();
  await composer(page, "garden").waitFor();
  await say(page, "garden", "only once");
  await within(DEADLINE, "the line is cut", wasCut);
  await eventually("nothing waits any more", async () => (await page.getByTestId("pending").count()) === 0);
  await seen(page, "only once");
  await post(mary, room, "later");
  await seen(page, "later");
  assert.deepEqual(await texts(mary, room), ["only once", "later"]);
  assert.deepEqual(await shown(page), ["only once", "later"]);
  assert.ok(new Set(sent).size === 1, `one nonce: ${sent}`);
});

test("a network that is lost for one of them is made up for", async (t) => {
  const { server, mary, room, ada, bob } = await two(t);
  await ada.context().setOffline(true);
  await say(ada, "garden", "written offline");
  await say(bob, "garden", "meanwhile");
  // Offline as the browser plays it leaves an open WebSocket alone, so the server ends it.
  await server.kill();
  await ada.getByText(/Connection lost/).waitFor();
  await server.start();
  await eventually("Bob is back", async () => (await bob.getByText(/Connection lost/).count()) === 0);
  await ada.context().setOffline(false);
  for (const page of [ada, bob]) {
    await seen(page, "written offline");
    await seen(page, "meanwhile");
  }
  await eventually("nothing waits any more", async () => (await ada.getByTestId("pending").count()) === 0);
  const stored = await texts(mary, room);
  assert.deepEqual([...stored].sort(), ["meanwhile", "written offline"]);
  for (const page of [ada, bob]) assert.deepEqual(await shown(page), stored);
});
