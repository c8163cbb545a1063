// The example `clients` of the engine's crate, started for a test on a port of its own.
import { atEnd } from "./cleanup.js";
import { claimPort } from "./ports.js";
import { startExample } from "./process.js";
import { Restarting } from "./restarting.js";

/** Starts one that ends with the test `t`, with these arguments beside its port. */
export async function startEngine(t, ...args) {
  const port = await claimPort();
  atEnd(t, () => port.release());
  const engine = new Engine(port.number, args);
  atEnd(t, () => engine.kill());
  await engine.start();
  return engine;
}

class Engine extends Restarting {
  constructor(port, args) {
    // What it complains of belongs to the output of the tests.
    const spawn = () => startExample("clients", ["--port", String(port), ...args], { stdio: ["ignore", "pipe", "inherit"] });
    super(spawn, (line) => line.startsWith("ready on "));
    this.url = `http://127.0.0.1:${port}`;
  }
}
