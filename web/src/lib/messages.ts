/**
 * The window of a room's messages that is loaded: from some message to the newest, without gaps.
 * Pages, live changes, sync answers and acknowledgements all bring messages; for each the highest `rev` wins.
 */
import type { Cursor, Message } from './wire';

/** Changes of messages older than the window that are remembered for the pages that have not come yet. */
const LATE = 500;

export interface Page {
  cursor: Cursor;
  messages: Message[];
  more: boolean;
}

export class MessageLog {
  /** By `seq`, ascending. Replaced by each change, never altered: whoever holds it has a snapshot. */
  messages: readonly Message[] = [];
  /** Whether there are older ones. */
  more = false;
  loaded = false;
  #late = new Map<number, Message>();
  /** Messages before this one were removed from the room. */
  #from = 0;
  /** The highest `rev` that had to be dropped from `#late`. */
  #forgotten = 0;

  /** Starts afresh with the newest page. */
  install(page: Page): void {
    this.messages = page.messages.slice().sort((a, b) => a.seq - b.seq);
    this.more = page.more;
    this.loaded = true;
    this.#late.clear();
    this.#forgotten = 0;
    this.#from = 0;
  }

  /** The room does not keep what is before this message any longer. */
  beginAt(seq: number): void {
    if (seq <= this.#from) return;
    this.#from = seq;
    for (const late of this.#late.keys()) if (late < seq) this.#late.delete(late);
    if (!this.loaded || (this.messages[0]?.seq ?? seq) >= seq) return;
    this.messages = this.messages.slice(position(this.messages, seq));
    this.more = false;
  }

  /** Gives the memory back; the next `install` starts afresh. */
  forget(): void {
    this.messages = [];
    this.more = false;
    this.loaded = false;
    this.#late.clear();
  }

  /** The `seq` before which the next older page begins. */
  get oldest(): number | undefined {
    return this.messages[0]?.seq;
  }

  /**
   * Puts an older page before the window. The page may have been read before changes that are known here already;
   * those win. False if changes that it may lack were not kept: then everything since its cursor must be asked for.
   */
  prepend(page: Page, before: number): boolean {
    // The window was replaced while the page was on its way: it does not adjoin any more.
    if (!this.loaded || this.oldest !== before) return true;
    const known = new Map<number, Message>();
    for (const message of page.messages) {
      if (message.seq >= before || message.seq < this.#from) continue;
      const late = this.#late.get(message.seq);
      this.#late.delete(message.seq);
      known.set(message.seq, late ? newer(message, late) : message);
    }
    const older = [...known.values()].sort((a, b) => a.seq - b.seq);
    this.messages = [...older, ...this.messages];
    this.more = page.more;
    return page.cursor.rev >= this.#forgotten;
  }

  /** Takes messages that are new, edited or deleted. */
  merge(changed: readonly Message[]): void {
    if (!this.loaded) return;
    let next: Message[] | undefined;
    for (const message of changed) {
      if (message.seq < this.#from) continue;
      const messages: readonly Message[] = next ?? this.messages;
      const oldest = messages[0]?.seq;
      if (this.more && (oldest === undefined || message.seq < oldest)) {
        this.#remember(message);
        continue;
      }
      const at = position(messages, message.seq);
      const present = messages[at];
      next ??= this.messages.slice();
      if (present?.seq === message.seq) next[at] = newer(present, message);
      else next.splice(at, 0, message);
    }
    if (next) this.messages = next;
  }

  find(seq: number): Message | undefined {
    const message = this.messages[position(this.messages, seq)];
    return message?.seq === seq ? message : undefined;
  }

  #remember(message: Message): void {
    const present = this.#late.get(message.seq);
    this.#late.delete(message.seq);
    this.#late.set(message.seq, present ? newer(present, message) : message);
    if (this.#late.size <= LATE) return;
    const [seq, dropped] = this.#late.entries().next().value ?? [];
    if (seq === undefined || !dropped) return;
    this.#late.delete(seq);
    this.#forgotten = Math.max(this.#forgotten, dropped.rev);
  }
}

/** Of two forms of one message the later; at the same `rev` the server's rather than our guess. */
export function newer(a: Message, b: Message): Message {
  if (a.rev !== b.rev) return a.rev > b.rev ? a : b;
  return a.provisional ? b : a;
}

/** Where `seq` is, or would be inserted. Most come at the end. */
function position(messages: readonly Message[], seq: number): number {
  const last = messages[messages.length - 1];
  if (!last || last.seq < seq) return messages.length;
  let low = 0;
  let high = messages.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((messages[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
