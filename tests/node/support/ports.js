// Ports that a server may listen on again after a restart; crates/xtask/src/ports.rs says why, and keeps to the same files.
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { createServer } from "node:net";

const FIRST = 20000;
const COUNT = 10000;
const FOLDER = "/tmp/chinwag-test-ports";

/** Claims a free port of 127.0.0.1: `{number, release}`. */
export async function claimPort() {
  mkdirSync(FOLDER, { recursive: true });
  const start = Math.floor(Math.random() * COUNT);
  for (let step = 0; step < COUNT; step++) {
    const number = FIRST + ((start + step) % COUNT);
    const claim = `${FOLDER}/${number}`;
    if (!create(claim)) continue;
    const release = () => rmSync(claim, { force: true });
    if (await isFree(number)) return { number, release };
    release();
  }
  throw new Error(`no port from ${FIRST} is free; claims are in ${FOLDER}`);
}

function create(claim) {
  let file;
  try {
    file = openSync(claim, "wx");
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeSync(file, String(process.pid));
  closeSync(file);
  return true;
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
