// Clients as they come, which say on standard output how they fare: socket.io-client with its own pauses, and Chinwag's own
// client in Chromium. Settings come as a line on standard input:
//
//   {"url": "https://localhost:1", "room": "…", "watchers": [{"token": "…", "transports": ["polling"]}, …]}
//
// with "browser" as transports for the latter. Lines on standard output, with times in milliseconds:
//
//   {"watcher": 0, "at": 1795219200000, "event": "lost" | "back"}
//   {"watcher": 0, "at": 1795219200000, "event": "stored" | "heard", "waited": 12}
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { io } from "socket.io-client";
import { launch } from "./browser.js";

/** How often a stock client posts, in milliseconds. */
const EVERY = 1_000;
/** How long it waits for an answer before it asks again. */
const PATIENCE = 2_000;
/** What its posts begin with; when each was written follows. */
const MARK = "watched at ";

const [settings] = await new Promise((resolve) => createInterface({ input: process.stdin }).once("line", (line) => resolve([JSON.parse(line)])));
const { url, room, watchers } = settings;
const browser = watchers.some(({ transports }) => transports === "browser") ? await launch() : undefined;
await Promise.all(
  watchers.map(({ token, transports }, number) => {
    const say = (event, waited) => process.stdout.write(`${JSON.stringify({ watcher: number, at: Date.now(), event, waited })}\n`);
    return transports === "browser" ? watchPage(token, say) : watchSocket(token, transports, say);
  }),
);

async function watchSocket(token, transports, say) {
  const socket = io(url, { auth: { token }, transports, forceNew: true });
  socket.on("session:ready", () => say("back"));
  socket.on("disconnect", (reason) => {
    say("lost");
    // Nobody is thrown out here for good.
    if (reason === "io server disconnect") socket.connect();
  });
  const hear = ({ stream, changes }) => {
    if (stream !== room) return;
    for (const { message } of changes) {
      if (message?.text?.startsWith(MARK)) say("heard", Date.now() - Number.parseInt(message.text.slice(MARK.length), 10));
    }
  };
  socket.on("stream:changes", hear);
  for (;;) {
    await pause(EVERY * (0.5 + Math.random()));
    await post(socket, say);
  }
}

/** Posts once, however often it takes. */
async function post(socket, say) {
  const written = Date.now();
  const nonce = randomUUID();
  // No two say the same.
  const payload = { room, text: `${MARK}${written} ${nonce}`, nonce };
  for (;;) {
    try {
      const { ok } = await socket.timeout(PATIENCE).emitWithAck("message:send", payload);
      if (ok) return say("stored", Date.now() - written);
    } catch {
      // Asked again below.
    }
    await pause(100);
  }
}

/** A page whose connections are looked at from outside: a WebSocket, or polls where that could not be opened. */
async function watchPage(token, say) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const isReady = (text) => text.includes('"session:ready"');
  // The WebSocket over which everything is heard, if there is one.
  let current;
  const lost = (socket) => {
    if (!current || current !== socket) return;
    current = undefined;
    say("lost");
  };
  page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => {
      if (current === socket || !isReady(payload.toString())) return;
      current = socket;
      say("back");
    });
    socket.on("close", () => lost(socket));
  });
  // Where the other side is silent the client gives a connection up long before the browser says that it is closed.
  await page.exposeFunction("givesUp", () => lost(current));
  await page.addInitScript(() => {
    const { close } = WebSocket.prototype;
    WebSocket.prototype.close = function (...rest) {
      globalThis.givesUp();
      return close.apply(this, rest);
    };
  });
  page.on("response", async (response) => {
    if (!response.url().includes("transport=polling")) return;
    // What breaks off is no answer.
    const text = await response.text().catch(() => "");
    if (isReady(text)) say("back");
  });
  await context.addCookies([{ name: "__Host-chinwag_session", value: token, url, secure: true }, { name: "chinwag_session", value: token, url }]);
  await page.goto(`${url}/rooms/${room}`);
}
