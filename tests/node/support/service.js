// A server by which people sign in by another service: the issuer of issuer.js, started for a test.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "./cleanup.js";
import { claimPort } from "./ports.js";
import { startNode } from "./process.js";
import { Restarting } from "./restarting.js";
import { startServer } from "./server.js";

/** Starts both; they end with the test `t`. People read that the service is "Corp". */
export async function startWithService(t) {
  const port = await claimPort();
  const folder = mkdtempSync(join(tmpdir(), "chinwag-issuer-"));
  const log = join(folder, "issuer.log");
  const file = join(folder, "chinwag.toml");
  atEnd(t, () => {
    port.release();
    if (t.passed === false) console.log(`--- what the issuer said\n${readFileSync(log, "utf8")}--- end`);
    rmSync(folder, { recursive: true, force: true });
  });
  const lines = [
    "[providers.corp]",
    'kind = "openid"',
    'title = "Corp"',
    `url = "http://127.0.0.1:${port.number}"`,
    'client-id = "chinwag"',
    'client-secret = "what-only-the-client-knows"',
  ];
  writeFileSync(file, lines.join("\n"));
  writeFileSync(log, "");
  const server = await startServer(t, { CHINWAG_CONFIG: file });
  const spawn = () => {
    const output = openSync(log, "a");
    const callback = `${server.url}/sign-in/with/corp/callback`;
    const child = startNode("tests/node/support/issuer.js", [String(port.number), callback], { stdio: ["ignore", "pipe", output] });
    closeSync(output);
    return child;
  };
  const issuer = new Restarting(spawn, (line) => line.startsWith("listening on "));
  atEnd(t, () => issuer.kill());
  await issuer.start();
  return server;
}
