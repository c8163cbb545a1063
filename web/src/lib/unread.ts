/** Up to where each room was read, kept on this machine for each person. */
import { read, write } from './storage';
import type { Change, Cursor, Message } from './wire';

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

export class ReadMarkers {
  readonly key: string;
  readonly #store: Store;

  constructor(store: Store, user: string) {
    this.#store = store;
    this.key = `chinwag:read:${user}`;
  }

  /** Nothing has been read at this machine yet. */
  get empty(): boolean {
    return Object.keys(this.#all()).length === 0;
  }

  get(room: string): Cursor | undefined {
    return this.#all()[room];
  }

  set(room: string, cursor: Cursor): void {
    const all = this.#all();
    const known = all[room];
    if (known?.epoch === cursor.epoch && known.rev >= cursor.rev) return;
    write(this.#store, this.key, { ...all, [room]: { epoch: cursor.epoch, rev: cursor.rev } });
  }

  /** Forgets all rooms but these. */
  keep(rooms: ReadonlySet<string>): void {
    const all = Object.entries(this.#all());
    const kept = all.filter(([room]) => rooms.has(room));
    if (kept.length < all.length) write(this.#store, this.key, Object.fromEntries(kept));
  }

  /** Read each time: another tab may have read on. */
  #all(): Record<string, Cursor> {
    const value = read(this.#store, this.key);
    return typeof value === 'object' && value !== null ? (value as Record<string, Cursor>) : {};
  }
}

/** Whether somebody else's message makes a room unread. Membership lines and deleted messages do not. */
export function counts(message: Message, me: string): boolean {
  return !message.kind && !message.deleted && message.author.id !== me;
}

/** How many of these changes are messages unread since `from`, and known to exist at `to`. */
export function countUnread(changes: readonly Change[], me: string, from: number, to: number): number {
  return changes.filter(({ message }) => message && message.seq > from && message.seq <= to && counts(message, me)).length;
}

/** How many of a room's newest messages are unread for somebody who has just come into it, or was brought in. */
export function countSinceEntry(messages: readonly Message[], me: string): number {
  const entry = messages.findLastIndex(
    ({ kind, author, about }) => (kind === 'joined' && author.id === me) || (kind === 'added' && about?.id === me),
  );
  return messages.slice(entry + 1).filter((message) => counts(message, me)).length;
}
