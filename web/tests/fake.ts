/** A room's stream as the server keeps it, small enough to read, for tests of what clients make of it. */
import type { Batch, Change, Cursor, Message, RoomAnswer, SyncAnswer, SyncPart } from '../src/lib/wire';

export const ann = { id: 'ann', name: 'Ann' };

export function message(seq: number, text: string, rev = seq, at = 1000 * seq): Message {
  return { seq, rev, author: ann, at, text, ...(rev > seq ? { edited_at: at + 1 } : {}) };
}

export class FakeRoom {
  readonly id = 'room';
  epoch = 'one';
  head = 0;
  readonly messages = new Map<number, Message>();
  /** What each change announced, by its `rev`. */
  readonly announced: Batch[] = [];
  /** Changes at or below this are forgotten: cursors before it are reset. */
  floor = 0;

  post(text: string, nonce?: string): Message {
    const posted = message(this.head + 1, text);
    this.messages.set(posted.seq, posted);
    this.#announce(posted, nonce);
    return posted;
  }

  edit(seq: number, text: string): Message {
    const edited = { ...message(seq, text), rev: this.head + 1, edited_at: 1 };
    this.messages.set(seq, edited);
    this.#announce(edited);
    return edited;
  }

  get cursor(): Cursor {
    return { epoch: this.epoch, rev: this.head };
  }

  list(): Message[] {
    return [...this.messages.values()].sort((a, b) => a.seq - b.seq);
  }

  load(before = Infinity, limit = 50): RoomAnswer {
    const older = this.list().filter(({ seq }) => seq < before);
    return {
      cursor: this.cursor,
      room: { id: this.id, name: 'Room', kind: 'open', maker: ann.id, at: 0, rev: 1 },
      role: 'member',
      members: 1,
      messages: older.slice(-limit),
      more: older.length > limit,
    };
  }

  sync(cursors: Record<string, Cursor>, page = 3): SyncAnswer {
    const cursor = cursors[this.id];
    const streams: Record<string, SyncPart> = {};
    if (cursor && (cursor.epoch !== this.epoch || cursor.rev > this.head || cursor.rev < this.floor)) {
      streams[this.id] = { reset: true };
    } else if (cursor && cursor.rev < this.head) {
      const all: Change[] = this.list()
        .filter(({ rev }) => rev > cursor.rev)
        .sort((a, b) => a.rev - b.rev)
        .map((changed) => ({ rev: changed.rev, message: changed }));
      const more = all.length > page;
      const changes = all.slice(0, page);
      const rev = more ? (changes.at(-1)?.rev ?? this.head) : this.head;
      streams[this.id] = { from: cursor.rev, rev, head: this.head, more, changes };
    }
    return { epoch: this.epoch, streams, more: false };
  }

  #announce(changed: Message, nonce?: string): void {
    const rev = ++this.head;
    const change: Change = { rev, message: changed, ...(nonce === undefined ? {} : { nonce }) };
    this.announced.push({ stream: this.id, epoch: this.epoch, from: rev - 1, rev, changes: [change] });
  }
}

/** `localStorage` or `sessionStorage` as far as it is used. */
export class MemoryStorage {
  readonly items = new Map<string, string>();
  get length() {
    return this.items.size;
  }
  key(index: number) {
    return [...this.items.keys()][index] ?? null;
  }
  getItem(key: string) {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.items.set(key, value);
  }
  removeItem(key: string) {
    this.items.delete(key);
  }
}

/** Lets everything that has been settled run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await Promise.resolve();
}

/** A promise and the functions that settle it. */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Numbers that look random and are the same in each run. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b) >>> 0;
    return ((mixed ^ (mixed >>> 16)) >>> 0) % below;
  };
}
