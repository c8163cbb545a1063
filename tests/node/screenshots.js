// Takes the pictures of docs/screenshots: `node screenshots.js FOLDER`. Run by `cargo xtask screenshots`.
import { mkdirSync } from "node:fs";
import { join as joinPath } from "node:path";
import { PASSWORD, createRoom, join, lobby, post, signUp } from "./support/api.js";
import { composer, launch, message, typing } from "./support/browser.js";
import { startServer } from "./support/server.js";

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });

const PICTURES = [
  { name: "desktop-light", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  { name: "desktop-dark", viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  { name: "phone-light", viewport: { width: 390, height: 844 }, colorScheme: "light", isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  { name: "phone-dark", viewport: { width: 390, height: 844 }, colorScheme: "dark", isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
];

const CONVERSATION = [
  ["Maya", "Morning! The new boards arrived, they are on the bench by the window."],
  ["Maya", "Two spare ones if somebody wants to take a broken one apart."],
  ["Tomás", "Oh nice. I'd like one, the old firmware still has me puzzled 🤔"],
  ["Aiko", "おはよう! I can bring the logic analyser after lunch."],
  ["Tomás", "Perfect. https://en.wikipedia.org/wiki/Logic_analyzer for whoever has never seen one."],
  ["Nadia", "صباح الخير 🌿"],
  ["Nadia", "Keep one for the workshop on Thursday, please."],
  ["Maya", "Done, it has your name on it."],
  ["Sam", "Who takes notes on Thursday? I did the last two 🤷"],
  ["Aiko", "I will. Same place as last time?"],
  ["Sam", "Same place, 14:00. Cake is promised 🍰"],
];

const server = await startServer();
const browser = await launch();
try {
  const people = {};
  for (const [name] of CONVERSATION) people[name] ??= await signUp(server, name);
  const room = await createRoom(people.Maya, "hardware lab");
  let garden;
  const others = ["announcements", "book club", "garden", "kitchen & coffee"];
  for (const name of others) {
    const other = await createRoom(people.Sam, name);
    if (name !== "book club") await join(people.Aiko, other);
    if (name === "garden") garden = other;
  }
  await post(people.Sam, await lobby(people.Sam), "Welcome, everybody!");
  for (const name of ["Tomás", "Aiko", "Nadia", "Sam"]) await join(people[name], room);
  for (const [name, text] of CONVERSATION) await post(people[name], room, text);

  // Somebody else is here and typing while the pictures are taken.
  const company = await signedIn({}, "Maya");
  await company.goto(`${server.url}/rooms/${room}`);
  await composer(company, "hardware lab").waitFor();
  for (const { name, ...options } of PICTURES) {
    const page = await signedIn(options, "Aiko");
    await page.goto(`${server.url}/rooms/${room}`);
    await message(page, CONVERSATION.at(-1)[1]).waitFor();
    // Emptied first, so that typing is told anew to the window that has just come.
    await composer(company, "hardware lab").fill("");
    await composer(company, "hardware lab").pressSequentially("Strawberry");
    await typing(page, "Maya is typing").waitFor();
    await post(people.Sam, garden, "The tomatoes are ripe.");
    await page.locator("#sidebar a").filter({ hasText: /garden.*1\s*unread/ }).waitFor({ state: "attached" });
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: joinPath(folder, `${name}.png`), animations: "disabled", caret: "hide" });
    console.log(`${name}.png`);
    await page.context().close();
  }
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await page.goto(`${server.url}/sign-in`);
  await page.screenshot({ path: joinPath(folder, "sign-in.png"), animations: "disabled", caret: "hide" });
  console.log("sign-in.png");
} finally {
  await browser.close();
  await server.close();
}

/** A window in which that person is signed in. */
async function signedIn(options, name) {
  const context = await browser.newContext({ ...options, locale: "en-GB" });
  const answer = await context.request.post(`${server.url}/api/v1/session`, { data: { name, password: PASSWORD } });
  if (!answer.ok()) throw new Error(`${name} cannot sign in: ${await answer.text()}`);
  return context.newPage();
}
