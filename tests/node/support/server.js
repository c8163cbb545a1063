// The built `chinwag`, started for a test in a folder and on a port of its own.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "./cleanup.js";
import { claimPort } from "./ports.js";
import { startChinwag } from "./process.js";
import { Restarting } from "./restarting.js";

/** So that tests which make many accounts from one address meet no limit that is there against guessing. */
const ENVIRONMENT = {
  CHINWAG_SIGN_UP: "open",
  CHINWAG_LIMITS_SIGN_IN_PER_MINUTE: "100000",
  CHINWAG_LIMITS_ACCOUNTS_PER_HOUR: "100000",
  CHINWAG_LIMITS_MESSAGES_PER_MINUTE: "1000000",
  CHINWAG_LIMITS_ROOMS_PER_HOUR: "1000000",
};

/** Starts a server that ends with the test `t` (or, where there is none, by `close`), with this in its environment. */
export async function startServer(t, environment = {}) {
  const server = new Server(await claimPort(), environment);
  if (t) atEnd(t, () => server.close(t));
  await server.start();
  return server;
}

class Server {
  #port;
  #folder = mkdtempSync(join(tmpdir(), "chinwag-test-"));
  #process = new Restarting(
    () => this.#spawn(),
    (line) => {
      const link = line.split("first administrator: ")[1];
      if (link) this.#told(link);
      return line.includes("listening on ");
    },
  );

  #told;

  /** The link that the first start prints. */
  firstAdministrator = new Promise((resolve) => (this.#told = resolve));

  #environment;

  constructor(port, environment) {
    this.#port = port;
    this.#environment = environment;
  }

  get url() {
    return `http://127.0.0.1:${this.#port.number}`;
  }

  /** Starts it, again after `kill` or `stop`, in the same folder and on the same port. */
  async start() {
    try {
      await this.#process.start();
    } catch (failure) {
      throw new Error(`${failure.message}\n${this.log()}`);
    }
  }

  /** Ends it as a power cut would, as far as a process can tell. */
  kill() {
    return this.#process.kill();
  }

  /** Asks it to end; its exit code. */
  stop() {
    return this.#process.stop();
  }

  log() {
    return readFileSync(this.#log, "utf8");
  }

  /** Ends it for good, and shows its log if the test has failed. */
  async close(t) {
    await this.kill();
    if (t && t.passed === false) console.log(`--- the server's log\n${this.log()}--- end`);
    this.#port.release();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #log() {
    return join(this.#folder, "server.log");
  }

  #spawn() {
    const log = openSync(this.#log, "a");
    const environment = Object.entries(process.env).filter(([name]) => !name.startsWith("CHINWAG_"));
    const child = startChinwag(["serve", "--listen", `127.0.0.1:${this.#port.number}`, "--data", join(this.#folder, "data")], {
      cwd: this.#folder,
      env: { ...Object.fromEntries(environment), ...ENVIRONMENT, ...this.#environment },
      stdio: ["ignore", "pipe", log],
    });
    closeSync(log);
    return child;
  }
}
