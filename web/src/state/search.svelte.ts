/** Looking for people by name, while a name is being typed. */
import { sentence } from '../lib/errors';
import type { PeopleAnswer, User } from '../lib/wire';

type Call = <T>(event: string, payload: object) => Promise<T>;

/** Whoever types goes on to type: what they have typed by then is asked for. */
const PAUSE_MS = 150;
const SHOWN = 20;

export class PersonSearch {
  found = $state.raw<readonly User[]>([]);
  /** What was asked for last has been answered. */
  answered = $state(false);
  problem = $state('');

  readonly #call: Call;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = 0;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Looks for those with a word in their name that begins with this; for anybody, if it is nothing. */
  look(text: string): void {
    this.stop();
    this.answered = false;
    this.#timer = setTimeout(() => void this.#ask(text), text === '' ? 0 : PAUSE_MS);
  }

  /** An answer that is on its way is not waited for. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#asking += 1;
  }

  async #ask(text: string): Promise<void> {
    const asking = this.#asking;
    let found: readonly User[] = [];
    let problem = '';
    try {
      found = (await this.#call<PeopleAnswer>('person:search', { text, limit: SHOWN })).people;
    } catch (error) {
      problem = sentence(error);
    }
    if (asking !== this.#asking) return;
    this.found = found;
    this.problem = problem;
    this.answered = true;
  }
}
