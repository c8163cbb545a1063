/**
 * Messages that were written and are not acknowledged yet.
 *
 * Each has its nonce from the start and keeps it, so sending again is harmless: the server stores it once. They are
 * kept in `localStorage` until acknowledged, one entry each (two tabs of one person must not overwrite each other's
 * list). Within a room they go out one after the other, so that they arrive in the order in which they were written.
 */
import { ApiError, backoff, OFFLINE, retryable, sentence } from './errors';
import type { CommandAnswer, Message } from './wire';

export interface Pending {
  nonce: string;
  room: string;
  text: string;
  /** When it was written, by this machine's clock. */
  at: number;
  /** The room's `rev` known then: if it was stored, its `seq` is above. */
  after: number;
  /** Whether it was sent at least once, so that it may have been stored without our knowing. */
  tried: boolean;
  state: 'waiting' | 'sending' | 'failed';
  error?: { code: string; message: string };
}

export interface Stored {
  seq: number;
  rev: number;
  repeated?: boolean;
}

/** What came of a message: it is stored, or it was a slash command, and this is the answer. */
export type Sent = Stored | CommandAnswer;

export interface OutboxDeps {
  storage: PendingStorage;
  send(pending: Pending): Promise<Sent>;
  /** Acknowledged and taken off the list. */
  stored(pending: Pending, answer: Stored): void;
  /** Taken off the list, since it was no message. */
  answered(pending: Pending, answer: CommandAnswer): void;
  /** Taken off the list without having been sent, in the order in which they were written. */
  givenBack(room: string, texts: string[], why: string): void;
  /** The list, or something in it, is different. */
  changed(list: readonly Pending[]): void;
  wait(ms: number): Promise<void>;
  nonce(): string;
  now(): number;
}

export interface PendingStorage {
  load(): Pending[];
  put(pending: Pending): void;
  delete(nonce: string): void;
}

/** The server knows nonces for 30 days; what may have been stored longer ago must not be sent again unasked. */
const NONCE_LIFE = 29 * 24 * 3600 * 1000;

export class Outbox {
  #list: Pending[] = [];
  readonly #deps: OutboxDeps;
  /** Rooms with a message on its way or waiting for its next try. */
  readonly #busy = new Set<string>();
  #online = false;
  /** Counts connections; a pump of an earlier one stops. */
  #connection = 0;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
    this.#list = deps.storage.load().map((pending) => this.#revive(pending));
    this.#list.sort((a, b) => a.at - b.at);
    if (this.#list.length > 0) this.#changed();
  }

  get list(): readonly Pending[] {
    return this.#list;
  }

  /** Puts a message on the list and sends it as soon as that can be done. */
  add(room: string, text: string, after: number): Pending {
    // Never earlier than the one before it, so that the order survives a reload and a clock that is put back.
    const at = Math.max(this.#deps.now(), (this.#list.at(-1)?.at ?? 0) + 1);
    const pending: Pending = { nonce: this.#deps.nonce(), room, text, at, after, tried: false, state: 'waiting' };
    this.#list = [...this.#list, pending];
    this.#deps.storage.put(pending);
    this.#changed();
    void this.#pump(room);
    return pending;
  }

  connected(): void {
    this.#online = true;
    this.#connection += 1;
    this.#busy.clear();
    for (const room of new Set(this.#list.map((pending) => pending.room))) void this.#pump(room);
  }

  disconnected(): void {
    this.#online = false;
    this.#connection += 1;
    for (const pending of this.#list) {
      if (pending.state === 'sending') this.#replace({ ...pending, state: 'waiting' });
    }
  }

  /** "Try again" at a failed one. */
  retry(nonce: string): void {
    const pending = this.#find(nonce);
    if (pending?.state !== 'failed') return;
    const { error, ...rest } = pending;
    // The nonce is kept, since the first try may have been stored after all; unless the nonce itself is the trouble.
    const fresh = error?.code === 'nonce_reused' || error?.code === 'expired';
    const again: Pending = { ...rest, state: 'waiting' };
    if (fresh) {
      this.#deps.storage.delete(nonce);
      again.nonce = this.#deps.nonce();
      again.at = this.#deps.now();
      again.tried = false;
    }
    this.#list = this.#list.map((each) => (each === pending ? again : each));
    this.#deps.storage.put(again);
    this.#changed();
    void this.#pump(again.room);
  }

  /** "Discard" at a failed one; gives its text back. */
  discard(nonce: string): string | undefined {
    const pending = this.#find(nonce);
    if (pending?.state !== 'failed') return undefined;
    this.#remove(nonce);
    return pending.text;
  }

  /** A live change carried this nonce: it is stored, whatever becomes of the acknowledgement. */
  seen(nonce: string): void {
    if (this.#find(nonce)) this.#remove(nonce);
  }

  async #pump(room: string): Promise<void> {
    if (!this.#online || this.#busy.has(room)) return;
    this.#busy.add(room);
    const connection = this.#connection;
    for (let attempt = 0; ; ) {
      const next = this.#list.find((pending) => pending.room === room && pending.state === 'waiting');
      if (!next) break;
      const sending = this.#replace({ ...next, state: 'sending', tried: true });
      if (!next.tried) this.#deps.storage.put(sending);
      let wait = 0;
      try {
        const answer = await this.#deps.send(sending);
        attempt = 0;
        this.#acknowledged(sending, answer);
      } catch (error) {
        wait = this.#refused(sending.nonce, error, ++attempt);
      }
      if (connection !== this.#connection) return;
      if (wait > 0) await this.#deps.wait(wait);
      if (connection !== this.#connection) return;
    }
    this.#busy.delete(room);
  }

  #acknowledged(sent: Pending, answer: Sent): void {
    // Its live change may have been faster, and have taken it off already.
    if (!this.#find(sent.nonce)) return;
    this.#remove(sent.nonce, false);
    if ('answer' in answer) this.#deps.answered(sent, answer);
    else this.#deps.stored(sent, answer);
    this.#changed();
  }

  /** Notes a failed try; tells how long to wait before the next message of the room is tried. */
  #refused(nonce: string, error: unknown, attempt: number): number {
    const pending = this.#find(nonce);
    if (pending?.state !== 'sending') return 0;
    const code = error instanceof ApiError ? error.code : 'internal';
    // A session that has ended, for good or for a while, is no fault of the message: it waits for the next one.
    if (retryable(error) || code === 'unauthenticated' || code === 'suspended') {
      this.#replace({ ...pending, state: 'waiting' });
      return code === OFFLINE && !this.#online ? 0 : backoff(attempt, error);
    }
    if (code === 'muted') {
      this.#giveBack(pending.room, sentence(error));
      return 0;
    }
    const failed = this.#replace({ ...pending, state: 'failed', error: { code, message: sentence(error) } });
    this.#deps.storage.put(failed);
    return 0;
  }

  /** Nothing that waits in this room would be taken now, so all of it goes back to where it was written. */
  #giveBack(room: string, why: string): void {
    const given = this.#list.filter((pending) => pending.room === room && pending.state !== 'failed');
    for (const { nonce } of given) this.#remove(nonce, false);
    this.#deps.givenBack(room, given.map(({ text }) => text), why);
    this.#changed();
  }

  #revive(pending: Pending): Pending {
    if (pending.state === 'failed') return pending;
    if (pending.tried && this.#deps.now() - pending.at > NONCE_LIFE) {
      const message = 'This was written a month ago and may have been sent then. Look before you send it again.';
      return { ...pending, state: 'failed', error: { code: 'expired', message } };
    }
    return { ...pending, state: 'waiting' };
  }

  #find(nonce: string): Pending | undefined {
    return this.#list.find((pending) => pending.nonce === nonce);
  }

  #replace(pending: Pending): Pending {
    this.#list = this.#list.map((each) => (each.nonce === pending.nonce ? pending : each));
    this.#changed();
    return pending;
  }

  #remove(nonce: string, tell = true): void {
    this.#list = this.#list.filter((pending) => pending.nonce !== nonce);
    this.#deps.storage.delete(nonce);
    if (tell) this.#changed();
  }

  #changed(): void {
    this.#deps.changed(this.#list);
  }
}

/**
 * Which pending messages of a room to show. One that was sent may have been stored although its acknowledgement is
 * still out, and a page or sync answer carries no nonce: then the same words of the same author, stored after they
 * were written, stand for it until the acknowledgement tells.
 */
export function visible(pending: readonly Pending[], messages: readonly Message[], me: string): Pending[] {
  const taken = new Set<number>();
  return pending.filter((each) => {
    if (!each.tried || each.state === 'failed') return true;
    for (let i = messages.length - 1; i >= 0; i -= 1) {
      const message = messages[i];
      if (!message || message.seq <= each.after) return true;
      if (message.author.id === me && message.text === each.text && !taken.has(message.seq)) {
        taken.add(message.seq);
        return false;
      }
    }
    return true;
  });
}
