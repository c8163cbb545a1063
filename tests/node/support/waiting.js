// Waiting for events, never for time.

/** How long anything that must happen may take before a test gives up on it, in milliseconds. */
export const DEADLINE = 20_000;

/** `promise`, or an error that says what did not happen in time. */
export function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not after ${ms} ms: ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The arguments of the first `name` of an emitter for which `wanted` holds. */
export function once(emitter, name, wanted = () => true) {
  const found = new Promise((resolve) => {
    const listener = (...args) => {
      if (!wanted(...args)) return;
      emitter.off(name, listener);
      resolve(args);
    };
    emitter.on(name, listener);
  });
  return within(DEADLINE, `an event ${name}`, found);
}
