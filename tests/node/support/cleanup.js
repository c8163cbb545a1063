// What a test does when it ends: last begun, first ended, so that windows close before the server that they look at.

const waiting = new WeakMap();

/** Runs `action` when the test `t` ends, before everything that was named earlier. */
export function atEnd(t, action) {
  if (!waiting.has(t)) {
    waiting.set(t, []);
    t.after(() => endAll(waiting.get(t)));
  }
  waiting.get(t).push(action);
}

async function endAll(actions) {
  const failures = [];
  for (const action of actions.reverse()) {
    try {
      await action();
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join("\n"));
}
