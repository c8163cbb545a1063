// Two people in two browsers chat in one room.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRoom, post, signUp, texts } from "../support/api.js";
import { composer, eventually, launch, message, newcomer, open, say, seen, shown, typing } from "../support/browser.js";
import { startServer } from "../support/server.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** A server with a room "garden", made by Mary, and windows of Ada and Bob in it. */
async function two(t, options) {
  const server = await startServer(t);
  const mary = await signUp(server, "Mary");
  const room = await createRoom(mary, "garden");
  const enter = async (name) => {
    const page = await newcomer(t, browser, server, name, `/rooms/${room}`, options);
    await page.getByRole("button", { name: "Join room" }).click();
    await composer(page, "garden").waitFor();
    return page;
  };
  return { server, mary, room, ada: await enter("Ada"), bob: await enter("Bob") };
}

test("each sees the other's message, presence and typing", async (t) => {
  const { ada, bob } = await two(t);
  await ada.getByText("2 online", { exact: true }).waitFor();
  await ada.getByText("3 members, 2 here now").waitFor();
  await bob.getByText("3 members, 2 here now").waitFor();

  await composer(ada, "garden").pressSequentially("hello", { delay: 20 });
  await typing(bob, "Ada is typing").waitFor();
  await composer(ada, "garden").press("Enter");
  await seen(bob, "hello");
  await seen(ada, "hello");
  await typing(bob, "Ada").waitFor({ state: "hidden" });

  await composer(bob, "garden").pressSequentially("hello yourself");
  await typing(ada, "Bob is typing").waitFor();
  await bob.getByRole("button", { name: "Send" }).click();
  await seen(ada, "hello yourself");
  assert.deepEqual(await shown(ada), ["hello", "hello yourself"]);
  assert.deepEqual(await shown(bob), ["hello", "hello yourself"]);

  await bob.context().close();
  await ada.getByText("3 members, 1 here now").waitFor();
  await ada.getByText("1 online", { exact: true }).waitFor();
});

test("a reload loses nothing and shows nothing twice", async (t) => {
  const { ada, bob } = await two(t);
  for (const text of ["one", "two", "three"]) await say(ada, "garden", text);
  await seen(bob, "three");
  for (const page of [ada, bob]) {
    await page.reload();
    await seen(page, "three");
    assert.deepEqual(await shown(page), ["one", "two", "three"]);
  }
  await say(bob, "garden", "four");
  await seen(ada, "four");
});

test("hostile text is text", async (t) => {
  const { server, mary, room, ada, bob } = await two(t);
  const hostile = [
    "<script>document.title = 'pwned'</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    "<iframe srcdoc=\"<script>parent.document.title='pwned'</script>\"></iframe>",
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
    "</p></article><style>body{display:none}</style>",
    "{{constructor.constructor('alert(1)')()}} {@html '<b>x</b>'}",
    "https://example.com/\"onmouseover=\"alert(1)",
  ];
  for (const text of hostile) await post(mary, room, text);
  await seen(ada, hostile[0]);
  await eventually("all is there", async () => (await shown(ada)).length === hostile.length);
  assert.deepEqual(await shown(ada), hostile);
  for (const text of hostile) await say(ada, "garden", `mine: ${text}`);
  await eventually("all has come", async () => (await shown(bob)).length === 2 * hostile.length);
  for (const page of [ada, bob]) {
    await page.reload();
    await eventually("all is there again", async () => (await shown(page)).length === 2 * hostile.length);
    const log = page.getByRole("log", { name: "Messages" });
    assert.equal(await log.locator("script, img, iframe, style, b").count(), 0);
    assert.equal(await log.locator('a:not([href^="https://example.com/"])').count(), 0);
    assert.ok(!(await page.title()).includes("pwned"));
  }
  assert.equal((await texts(mary, room)).length, 2 * hostile.length);
  assert.ok(!server.log().includes("panicked"));
});

test("names that look like markup are names", async (t) => {
  const server = await startServer(t);
  const mary = await signUp(server, "Mary &lt;b&gt;");
  const room = await createRoom(mary, "garden & 'co' &amp; {@html x}");
  await post(mary, room, "hello");
  const page = await newcomer(t, browser, server, "Ada ' &amp; ${x}", `/rooms/${room}`);
  await page.getByRole("button", { name: "Join room" }).click();
  await seen(page, "hello");
  await page.getByRole("heading", { name: "garden & 'co' &amp; {@html x}", exact: true }).waitFor();
  await page.getByRole("log").getByText("Mary &lt;b&gt;", { exact: true }).first().waitFor();
  await page.getByText("Ada ' &amp; ${x}", { exact: true }).first().waitFor();
});

test("a message is edited and deleted for everybody", async (t) => {
  const { ada, bob } = await two(t);
  await say(ada, "garden", "helo");
  await seen(bob, "helo");
  await composer(ada, "garden").press("ArrowUp");
  const editor = ada.getByRole("textbox", { name: "Edit message" });
  await editor.fill("hello");
  await editor.press("Enter");
  await bob.getByText("(edited)").waitFor();
  await seen(bob, "hello (edited)");
  assert.equal(await message(bob, "helo").count(), 0);

  await message(ada, "hello (edited)").hover();
  await ada.getByRole("button", { name: "Delete message" }).click();
  await ada.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await bob.getByText("This message was deleted.").waitFor();
  assert.equal(await bob.getByText("hello").count(), 0);
  assert.equal(await bob.getByRole("button", { name: "Edit message" }).count(), 0, "others' messages are not one's own");
});

test("an empty message gets a hint and goes nowhere", async (t) => {
  const { ada, mary, room } = await two(t);
  await composer(ada, "garden").fill("   ");
  await ada.getByRole("button", { name: "Send" }).click();
  await ada.getByText(/an empty message is not sent/).waitFor();
  await composer(ada, "garden").fill("");
  await composer(ada, "garden").press("Enter");
  assert.deepEqual(await texts(mary, room), []);
});

test("history loads page by page as far back as it goes, and the newest stays in view", async (t) => {
  const server = await startServer(t);
  const mary = await signUp(server, "Mary");
  const room = await createRoom(mary, "garden");
  for (let number = 0; number < 130; number++) await post(mary, room, `message number ${number}`);
  const page = await newcomer(t, browser, server, "Ada", `/rooms/${room}`);
  await page.getByRole("button", { name: "Join room" }).click();
  await seen(page, "message number 129");
  await page.getByText("Ada joined the room").waitFor();
  await post(mary, room, "the newest");
  await seen(page, "the newest");
  assert.ok(await inView(page, "the newest"), "who is at the end stays there");

  const log = page.getByRole("log", { name: "Messages" });
  await eventually("the beginning is reached", async () => {
    await log.evaluate((element) => element.scrollTo(0, 0));
    return (await page.getByText("This is the beginning of").count()) === 1;
  });
  await seen(page, "message number 0");
  await post(mary, room, "while she reads old things");
  await page.getByRole("button", { name: "New messages" }).waitFor();
  await log.evaluate((element) => element.scrollTo(0, 0));
  assert.ok(await inView(page, "message number 0"), "who has scrolled up is left there");
  await page.getByRole("button", { name: "New messages" }).click();
  await eventually("the newest is in view", () => inView(page, "while she reads old things"));
});

test("two tabs are one person, and closing one leaves them present", async (t) => {
  const { ada, bob } = await two(t);
  const second = await bob.context().newPage();
  await second.goto(bob.url());
  await composer(second, "garden").waitFor();
  await say(second, "garden", "from the second tab");
  await seen(bob, "from the second tab");
  await seen(ada, "from the second tab");
  assert.equal(await message(bob, "from the second tab").count(), 1);
  await ada.getByText("3 members, 2 here now").waitFor();
  await second.close();
  await say(bob, "garden", "still here");
  await seen(ada, "still here");
  assert.equal(await ada.getByText("3 members, 2 here now").count(), 1);
});

test("no policy of the page is broken by using all of it", async (t) => {
  // The complaint about a breach is looked for by every test; here is that it would be seen.
  const server = await startServer(t);
  const nobody = { after() {} };
  const page = await open(nobody, browser);
  const complaint = page.waitForEvent("console", (entry) => entry.text().includes("Content Security Policy"));
  await page.goto(`${server.url}/sign-in`);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'pwned'";
    document.head.append(script);
  });
  await complaint;
  assert.notEqual(await page.title(), "pwned");
  await page.context().close();
});

async function inView(page, text) {
  const view = await page.getByRole("log", { name: "Messages" }).boundingBox();
  const box = await message(page, text).first().boundingBox();
  return box !== null && box.y >= view.y - 1 && box.y + box.height <= view.y + view.height + 1;
}
