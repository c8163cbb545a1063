// A server in a process of its own, which a test can end and start again.
import { createInterface } from "node:readline";
import { DEADLINE, within } from "./waiting.js";

export class Restarting {
  #spawn;
  #isReady;
  #child;
  #waiting = new Set();

  /** The lines that it has printed, of all its lives. */
  lines = [];

  /** `spawn` starts the process, and a line for which `isReady` holds says that it listens. */
  constructor(spawn, isReady) {
    this.#spawn = spawn;
    this.#isReady = isReady;
  }

  /** Starts it, and again after `kill` or `stop`. */
  async start() {
    const child = this.#spawn();
    this.#child = child;
    const listening = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        this.lines.push(line);
        for (const look of this.#waiting) look(line);
        if (this.#isReady(line)) resolve();
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`the server ended: ${code ?? signal}`)));
    });
    await within(DEADLINE, "the server listens", listening);
  }

  /** Waits until it has printed this line. */
  async printed(wanted) {
    if (this.lines.includes(wanted)) return;
    let look;
    const found = new Promise((resolve) => {
      look = (line) => line === wanted && resolve();
      this.#waiting.add(look);
    });
    try {
      await within(DEADLINE, `the server prints "${wanted}"`, found);
    } catch (late) {
      throw new Error(`${late.message}; it has printed:\n${this.lines.join("\n")}`);
    } finally {
      this.#waiting.delete(look);
    }
  }

  /** Ends it as a power cut would, as far as a process can tell. */
  kill() {
    return this.#end("SIGKILL");
  }

  /** Asks it to end; its exit code. */
  stop() {
    return this.#end("SIGTERM");
  }

  async #end(signal) {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    return within(DEADLINE, `the server ends after ${signal}`, ended);
  }
}
