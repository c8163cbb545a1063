// The example client of examples/node-client, as its README says to use it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { PASSWORD, lobby, post, signUp, texts } from "../support/api.js";
import { atEnd } from "../support/cleanup.js";
import { projectPath, startNode } from "../support/process.js";
import { startServer } from "../support/server.js";
import { DEADLINE, within } from "../support/waiting.js";

test("the example signs in, joins, posts, receives and catches up", async (t) => {
  const server = await startServer(t);
  const [ada, bob] = [await signUp(server, "Ada"), await signUp(server, "Bob")];
  const room = await lobby(ada);
  await post(ada, room, "before Bob came");
  const child = startNode("examples/node-client/client.js", [server.url, "Bob", PASSWORD], { stdio: "pipe" });
  atEnd(t, () => child.kill());
  let complaints = "";
  child.stderr.on("data", (data) => (complaints += data));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const printed = async (wanted) => {
    for (;;) {
      const { value, done } = await within(DEADLINE, `it prints "${wanted}"\n${complaints}`, lines.next());
      assert.ok(!done, `it ended: ${complaints}`);
      if (value === wanted) return;
    }
  };
  await printed("Ada: before Bob came");
  child.stdin.write("hello from the terminal\n");
  await printed("Bob: hello from the terminal");
  await post(ada, room, "hello Bob");
  await printed("Ada: hello Bob");

  await server.kill();
  await server.start();
  await post(ada, room, "after the restart");
  child.stdin.write("still here\n");
  await printed("Ada: after the restart");
  await printed("Bob: still here");
  const all = ["before Bob came", "hello from the terminal", "hello Bob", "after the restart", "still here"];
  assert.deepEqual((await texts(bob, room)).sort(), all.sort());
});

test("the example is as short as we say", () => {
  const lines = readFileSync(projectPath("examples/node-client/client.js"), "utf8").trimEnd().split("\n");
  assert.ok(lines.length < 40, `${lines.length} lines`);
});
