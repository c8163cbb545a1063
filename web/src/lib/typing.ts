/** Who is typing in a room, and telling that we do. Both are forgotten by themselves. */
import type { Person } from './wire';

const FORGOTTEN_AFTER = 6000;
const SAY_AGAIN_AFTER = 3000;

/** Remembers who types. `changed` is told of them in the order in which they began. */
export class TypingOthers {
  readonly #timers = new Map<string, { user: Person; timer: ReturnType<typeof setTimeout> }>();
  readonly #changed: (people: Person[]) => void;

  constructor(changed: (people: Person[]) => void) {
    this.#changed = changed;
  }

  set(user: Person, typing: boolean): void {
    const known = this.#timers.get(user.id);
    if (known) clearTimeout(known.timer);
    if (typing) {
      const timer = setTimeout(() => this.set(user, false), FORGOTTEN_AFTER);
      this.#timers.set(user.id, { user, timer });
    } else {
      this.#timers.delete(user.id);
    }
    if (typing !== (known !== undefined)) this.#tell();
  }

  clear(): void {
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    const had = this.#timers.size > 0;
    this.#timers.clear();
    if (had) this.#tell();
  }

  #tell(): void {
    this.#changed(Array.from(this.#timers.values(), ({ user }) => user));
  }
}

/** Says that we type: at once, then every few seconds while it lasts, and that we stopped. */
export class TypingSelf {
  #said = 0;
  #stop: ReturnType<typeof setTimeout> | undefined;
  readonly #say: (typing: boolean) => void;

  constructor(say: (typing: boolean) => void) {
    this.#say = say;
  }

  typed(now = Date.now()): void {
    clearTimeout(this.#stop);
    this.#stop = setTimeout(() => this.stopped(), SAY_AGAIN_AFTER + 1000);
    if (now - this.#said < SAY_AGAIN_AFTER) return;
    this.#said = now;
    this.#say(true);
  }

  stopped(): void {
    clearTimeout(this.#stop);
    if (this.#said === 0) return;
    this.#said = 0;
    this.#say(false);
  }
}
