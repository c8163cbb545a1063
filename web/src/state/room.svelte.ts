/** One room: its stream, the messages that are loaded, and what is unread. */
import { draft, keepDraft } from '../lib/drafts';
import { ApiError } from '../lib/errors';
import { MessageLog } from '../lib/messages';
import type { StreamHandler } from '../lib/streams';
import { counts, countSinceEntry } from '../lib/unread';
import type { Change, Cursor, Message, Person, Room, RoomAnswer, RoomKind, RoomRole } from '../lib/wire';
import { People } from './people.svelte';
import { profiles } from './profiles.svelte';

/** What a room needs of the chat that it is part of. */
export interface RoomHost {
  readonly me: string;
  call<T>(event: string, payload: object): Promise<T>;
  command<T>(event: string, payload: object): Promise<T>;
  /** A live change of our own named this nonce. */
  seenNonce(nonce: string): void;
  /** Somebody else's message came; `room` decides nothing about it. */
  heard(room: RoomState, message: Message): void;
  /** Everything after `cursor` must be asked for again. */
  rewind(room: string, cursor: Cursor): void;
  roomGone(room: RoomState): void;
  watched(room: RoomState): boolean;
  read(room: RoomState, cursor: Cursor): void;
}

/**
 * `loading`: not known yet; `open`: it can be read; `outside`: not a member; `unknown`: no such room for this person;
 * `left` and `removed`: was a member a moment ago.
 */
export type Access = 'loading' | 'open' | 'outside' | 'unknown' | 'left' | 'removed';

export const PAGE = 50;

export class RoomState implements StreamHandler {
  readonly id: string;
  readonly people: People;
  room = $state.raw<Room | null>(null);
  role = $state<RoomRole | null>(null);
  access = $state<Access>('loading');
  messages = $state.raw<readonly Message[]>([]);
  loaded = $state(false);
  more = $state(false);
  loadingOlder = $state(false);
  unread = $state(0);
  /** Something is unread, but nobody knows how much. */
  unreadSome = $state(false);
  memberCount = $state(0);
  /** The `seq` of the message that is being edited. */
  editing = $state<number | null>(null);
  /** What is written for this room and not sent. */
  draft = $state('');
  /** Why it was not sent. */
  hint = $state('');

  /** One was brought in, and nothing is loaded yet: what was written since is unread. */
  broughtIn = false;

  readonly #host: RoomHost;
  readonly #log = new MessageLog();
  /** Messages up to this `seq` are read, or counted already. */
  #counted = 0;

  constructor(id: string, host: RoomHost) {
    this.id = id;
    this.#host = host;
    this.people = new People(id, (event, payload) => host.call(event, payload));
  }

  /** Open, until something else is known: whoever may not see a room is not told that it exists. */
  get kind(): RoomKind {
    return this.room?.kind ?? 'open';
  }

  /** With whom one has a direct conversation. */
  get others(): Person[] {
    return (this.room?.people ?? []).filter(({ id }) => id !== this.#host.me).map((person) => profiles.of(person));
  }

  /** What it is called; a direct conversation is called by the others' names. */
  get name(): string {
    if (this.kind !== 'direct') return this.room?.name ?? '';
    return this.others.map(({ name }) => name).join(', ') || 'Just you';
  }

  async load(): Promise<{ cursor: Cursor; install(): void }> {
    const answer = await this.#host.call<RoomAnswer>('room:load', { room: this.id, limit: PAGE });
    return {
      cursor: answer.cursor,
      install: () => {
        this.#log.install(answer);
        // Also where it is older than what is known: after a restore that is of an epoch which is gone.
        this.room = answer.room;
        this.learn(answer.room);
        this.role = answer.role;
        this.memberCount = answer.members;
        this.access = 'open';
        if (this.broughtIn) this.unread = countSinceEntry(answer.messages, this.#host.me);
        this.broughtIn = false;
        // Counted anew from this snapshot, of another epoch perhaps: its number of members is as of then.
        this.#counted = answer.cursor.rev;
        this.#publish();
      },
    };
  }

  apply(changes: Change[], cursor: Cursor): void {
    const messages: Message[] = [];
    for (const change of changes) {
      if (change.message) messages.push(change.message);
      if (change.nonce !== undefined) this.#host.seenNonce(change.nonce);
      if (change.member) this.people.memberChanged(change.member);
      if (change.room) this.learn(change.room);
    }
    this.#log.merge(messages);
    this.#publish();
    for (const message of messages) this.#heard(message);
    if (this.#host.watched(this)) this.markRead(cursor);
  }

  /** Takes a room's data, unless later ones are known; what the room does not keep any longer is not shown. */
  learn(room: Room): void {
    if (room.rev >= (this.room?.rev ?? 0)) this.room = room;
    const from = this.room?.history_from ?? 0;
    this.#log.beginAt(from);
    if (this.editing !== null && this.editing < from) this.editing = null;
    this.#publish();
  }

  gone(): void {
    this.#host.roomGone(this);
  }

  failed(error: unknown): void {
    const code = error instanceof ApiError ? error.code : '';
    // One who was just removed is told so; the refusals that follow add nothing.
    if (this.access === 'left' || this.access === 'removed') return;
    if (code === 'not_a_member' || code === 'forbidden') this.access = 'outside';
    else if (code === 'room_unknown' || code === 'payload_invalid') this.access = 'unknown';
  }

  /** Loads the page before the oldest message that is loaded. */
  async loadOlder(): Promise<void> {
    const before = this.#log.oldest;
    if (this.loadingOlder || !this.more || before === undefined) return;
    this.loadingOlder = true;
    try {
      const page = await this.#host.call<RoomAnswer>('room:load', { room: this.id, before, limit: PAGE });
      if (!this.#log.prepend(page, before)) this.#host.rewind(this.id, page.cursor);
      this.#publish();
    } finally {
      this.loadingOlder = false;
    }
  }

  /** Puts a message there that an acknowledgement told of; the stream brings the server's own form of it. */
  provisional(message: Message): void {
    this.#log.merge([{ ...message, provisional: true }]);
    this.#publish();
  }

  find(seq: number): Message | undefined {
    return this.#log.find(seq);
  }

  /**
   * Changes one's own message: the form of it that is given, and no later one, so this must be what the person saw. A
   * conflict shows what it is now and rejects.
   */
  async edit(message: Message, text: string): Promise<void> {
    const payload = { room: this.id, seq: message.seq, version: message.rev, text };
    try {
      const { rev } = await this.#host.command<{ rev: number }>('message:edit', payload);
      this.provisional({ ...message, text, rev, edited_at: Date.now() });
    } catch (error) {
      if (error instanceof ApiError && error.current) this.#log.merge([error.current]);
      this.#publish();
      throw error;
    }
  }

  async delete(message: Message): Promise<void> {
    const { rev } = await this.#host.command<{ rev: number }>('message:delete', { room: this.id, seq: message.seq });
    const { text: _, ...rest } = message;
    this.provisional({ ...rest, rev, deleted: true });
  }

  async rename(name: string): Promise<void> {
    await this.#host.command('room:rename', { room: this.id, name });
  }

  /** For so many days, or for ever. */
  async setRetention(days: number | null): Promise<void> {
    await this.#host.command('room:set_retention', { room: this.id, days });
  }

  async addMember(user: string): Promise<void> {
    await this.#host.command('room:add', { room: this.id, user });
  }

  async removeMember(user: string): Promise<void> {
    await this.#host.command('room:remove', { room: this.id, user });
  }

  async setRole(user: string, role: RoomRole): Promise<void> {
    await this.#host.command('room:set_role', { room: this.id, user, role });
  }

  /** Takes up what was written here before the page was loaded. */
  resumeDraft(): void {
    if (this.draft === '') this.draft = draft(this.#host.me, this.id);
  }

  write(text: string): void {
    this.draft = text;
    keepDraft(this.#host.me, this.id, text);
  }

  /** Messages that were refused go back to where they were written, before what has been written there since. */
  takeBack(texts: readonly string[], why: string): void {
    this.resumeDraft();
    this.write([...texts, this.draft].filter((text) => text !== '').join('\n'));
    this.hint = why;
  }

  /** From here on messages make the room unread. */
  startCounting(rev: number): void {
    this.#counted = Math.max(this.#counted, rev);
  }

  markRead(cursor: Cursor): void {
    this.unread = 0;
    this.unreadSome = false;
    this.startCounting(cursor.rev);
    this.#host.read(this, cursor);
  }

  /** Gives the memory of the messages back; the stream is still followed. */
  unload(): void {
    this.#log.forget();
    this.editing = null;
    this.#publish();
  }

  #heard(message: Message): void {
    if (message.seq <= this.#counted) return;
    this.#counted = message.seq;
    if (message.kind === 'joined' || message.kind === 'added') this.memberCount += 1;
    else if (message.kind === 'left' || message.kind === 'removed') this.memberCount -= 1;
    this.people.spoke(message.author);
    if (!counts(message, this.#host.me)) return;
    this.unread += 1;
    this.#host.heard(this, message);
  }

  #publish(): void {
    this.messages = this.#log.messages;
    this.more = this.#log.more;
    this.loaded = this.#log.loaded;
  }
}
