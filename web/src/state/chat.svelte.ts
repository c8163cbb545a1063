/** Everything that the page shows, and what can be done from it. Owns the connection, the streams and the outbox. */
import { Connection } from '../lib/connection';
import { compareNames } from '../lib/directory';
import { retryable } from '../lib/errors';
import { freshNonce } from '../lib/nonce';
import type { Case } from '../lib/permissions';
import { Outbox, type Pending, type Sent, type Stored } from '../lib/outbox';
import { pendingStorage } from '../lib/storage';
import { type StreamHandler, Streams } from '../lib/streams';
import { countUnread, ReadMarkers } from '../lib/unread';
import type {
  Change,
  Cursor,
  InRoom,
  Limits,
  MeAnswer,
  Message,
  Room,
  RoomKind,
  RoomRole,
  SessionReady,
  SyncAnswer,
  User,
} from '../lib/wire';
import { OpenRooms } from './directory.svelte';
import { personOf, profiles } from './profiles.svelte';
import { Replies } from './replies.svelte';
import { type RoomHost, RoomState } from './room.svelte';
import { toasts } from './toasts.svelte';
import { Workspace, type WorkspaceHost } from './workspace';

const LIMITS: Limits = { message_chars: 8000, name_chars: 40, room_name_chars: 60, page: 100, payload_bytes: 1_000_000 };
/** Rooms whose messages stay in memory when another one is opened. */
const KEPT_ROOMS = 6;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export class Chat implements RoomHost, WorkspaceHost {
  link = $state<'connecting' | 'ready' | 'lost'>('connecting');
  version = $state('');
  limits = $state.raw<Limits>(LIMITS);
  /** How many people are here, in all rooms. */
  online = $state<number | null>(null);
  /** One's own rooms, direct conversations among them, by name. */
  readonly rooms: readonly RoomState[] = $derived.by(() =>
    [...this.#mine].sort((a, b) => compareNames(a.name, b.name)),
  );
  roomsLoaded = $state(false);
  pending = $state.raw<readonly Pending[]>([]);
  current = $state.raw<RoomState | null>(null);
  /** Whether the newest message of the current room is in view. */
  atEnd = $state(true);
  /** What screen readers are to be told. */
  announcement = $state.raw<{ text: string }>({ text: '' });

  /** The person asked for it: the page that comes next is the form's, whatever the connection tells first. */
  signingOut = false;

  /** The open rooms, one's own or not. */
  readonly openRooms = new OpenRooms((event, payload) => this.call(event, payload));

  /** What one asks with slash commands. */
  readonly replies = new Replies({
    call: (event, payload, answerMs) => this.call(event, payload, answerMs),
    connected: () => this.link === 'ready',
    announce: (text) => (this.announcement = { text }),
  });

  /** Who is signed in, as the server said when it was asked last. */
  #user = $state.raw<User | null>(null);
  #mine = $state.raw<readonly RoomState[]>([]);
  readonly #known = new Map<string, RoomState>();
  /** Rooms with messages in memory, the one opened last at the end. */
  #recent: RoomState[] = [];
  readonly #connection: Connection;
  readonly #streams: Streams;
  readonly #signedOut: () => void;
  #outbox: Outbox | undefined;
  #markers: ReadMarkers | undefined;

  constructor(signedOut: () => void) {
    this.#signedOut = signedOut;
    this.#connection = new Connection({
      ready: (session) => this.#ready(session),
      lost: () => this.#lost(),
      signedOut,
      changes: (batch) => {
        // At once, even while the workspace is being loaded: what that load knows already may be news to what else was
        // loaded a moment before.
        this.peopleChanged(batch.changes);
        this.#streams.receive(batch);
      },
      presence: (change) => this.#known.get(change.room)?.people.presenceChanged(change),
      total: (online) => (this.online = online),
      typing: (change) => {
        if (this.current?.id === change.room && change.user.id !== this.me) this.current.people.typingChanged(change);
      },
    });
    this.#streams = new Streams({ sync: (cursors) => this.call<SyncAnswer>('sync', { cursors }), wait });
  }

  start(): void {
    document.addEventListener('visibilitychange', () => this.#look());
    addEventListener('storage', (event) => this.#otherTab(event));
    this.#connection.open();
  }

  /** Who is signed in, as they are shown now. */
  get user(): User | null {
    return this.#user && (profiles.find(this.#user.id) ?? this.#user);
  }

  get me(): string {
    return this.#user?.id ?? '';
  }

  /** Who acts in this room, for what they may do there. */
  caseIn(room: RoomState): Case {
    return { role: this.user?.role ?? 'guest', kind: room.kind, own: room.role };
  }

  call<T>(event: string, payload: object, answerMs?: number): Promise<T> {
    return this.#connection.call<T>(event, payload, answerMs);
  }

  command<T>(event: string, payload: object): Promise<T> {
    return this.#connection.command<T>(event, payload);
  }

  /** Opens a room, whether one is in it or not; what it is shows in `current.access`. */
  open(id: string): RoomState {
    const state = this.#state(id);
    if (this.current === state) return state;
    this.close();
    this.current = state;
    this.atEnd = true;
    if (!state.loaded) {
      if (state.access !== 'open') state.access = 'loading';
      this.#load(state);
    } else {
      this.#look();
    }
    this.#recent = [...this.#recent.filter((other) => other !== state), state];
    while (this.#recent.length > KEPT_ROOMS) this.#recent.shift()?.unload();
    this.#listPresence();
    return state;
  }

  /** No room is looked at. */
  close(): void {
    this.current?.people.forgetPassing();
    if (this.current) this.current.editing = null;
    const left = this.current;
    this.current = null;
    // One was only looking in from outside; nothing of it needs to be followed.
    if (left && this.roomsLoaded && !this.#mine.includes(left)) {
      this.#streams.remove(left.id);
      this.#known.delete(left.id);
    }
  }

  async join(id: string): Promise<void> {
    await this.command('room:join', { room: id });
    const state = this.#state(id);
    if (state.access !== 'open') state.access = 'loading';
    this.#load(state);
    if (this.current === state) this.#listPresence();
  }

  /** Makes a room; its id. */
  async create(name: string, kind: Exclude<RoomKind, 'direct'>): Promise<string> {
    const { room } = await this.command<InRoom>('room:create', { name, kind });
    return room.id;
  }

  /** Opens the direct conversation with these people, a new one if there is none; its id. */
  async openDirect(people: readonly string[]): Promise<string> {
    const { room } = await this.command<InRoom>('direct:open', { people });
    return room.id;
  }

  async leave(room: RoomState): Promise<void> {
    await this.command('room:leave', { room: room.id });
    this.#forget(room, 'left');
  }

  send(room: RoomState, text: string): void {
    if (this.replies.ask(room.id, text)) return;
    this.#outbox?.add(room.id, text, this.#streams.cursor(room.id)?.rev ?? 0);
  }

  retry(nonce: string): void {
    this.#outbox?.retry(nonce);
  }

  discard(nonce: string): void {
    this.#outbox?.discard(nonce);
  }

  sayTyping(room: RoomState, typing: boolean): void {
    this.#connection.say('typing:set', { room: room.id, typing });
  }

  /** The name of a room that one may not be in. */
  nameOf(id: string): string | undefined {
    return this.openRooms.list.find(({ room }) => room.id === id)?.room.name ?? this.#known.get(id)?.room?.name;
  }

  /** The newest message came into view, or went out of it. */
  setAtEnd(atEnd: boolean): void {
    if (this.atEnd === atEnd) return;
    this.atEnd = atEnd;
    this.#look();
  }

  // What rooms ask of us.

  seenNonce(nonce: string): void {
    this.#outbox?.seen(nonce);
  }

  heard(room: RoomState, message: Message): void {
    if (room === this.current) this.announcement = { text: `${profiles.of(message.author).name}: ${message.text ?? ''}` };
  }

  rewind(room: string, cursor: Cursor): void {
    this.#streams.rewind(room, cursor);
  }

  roomGone(room: RoomState): void {
    this.#forget(room, 'removed');
  }

  watched(room: RoomState): boolean {
    return room === this.current && this.atEnd && document.visibilityState === 'visible';
  }

  read(room: RoomState, cursor: Cursor): void {
    this.#markers?.set(room.id, cursor);
  }

  // What the workspace's stream tells of people.

  peopleChanged(changes: readonly Change[]): void {
    profiles.learn(changes);
    if (profiles.full) this.peopleMissed();
  }

  peopleMissed(): void {
    profiles.clear();
    this.#streams.load(this.me).catch(() => undefined);
    for (const room of this.#known.values()) if (room.loaded) this.#load(room);
    this.#listPresence();
  }

  // The connection.

  #ready(session: SessionReady): void {
    if (this.#user && this.#user.id !== session.user.id) {
      // Somebody else signed in here, in another tab.
      location.reload();
      return;
    }
    if (!this.#user) this.#begin(session);
    this.version = `${session.version} (${session.commit})`;
    this.limits = { ...LIMITS, ...session.limits };
    this.link = 'ready';
    // First what is to be sent: its acknowledgements then come before the sync's answer names the same messages.
    this.#outbox?.connected();
    this.#streams.connected();
    this.#listPresence();
    // Without them what begins with a slash goes out as a message, and the server knows what it is.
    this.replies.load().catch(() => undefined);
  }

  #begin(session: SessionReady): void {
    this.#user = session.user;
    this.#markers = new ReadMarkers(localStorage, session.user.id);
    this.#outbox = new Outbox({
      storage: pendingStorage(localStorage, session.user.id),
      send: ({ room, text, nonce }) => this.call<Sent>('message:send', { room, text, nonce }),
      stored: (pending, answer) => this.#stored(pending, answer),
      answered: ({ room, text }, { answer }) => this.replies.heard(room, text, answer),
      givenBack: (room, texts, why) => this.#state(room).takeBack(texts, why),
      changed: (list) => (this.pending = list),
      wait,
      nonce: freshNonce,
      now: Date.now,
    });
    this.#streams.add(session.user.id, this.#userStream());
    this.#streams.add(session.workspace, new Workspace(this.openRooms, this));
  }

  #lost(): void {
    this.link = this.#user ? 'lost' : 'connecting';
    this.#outbox?.disconnected();
    this.#streams.disconnected();
    this.current?.people.forgetPassing();
    this.online = null;
  }

  #stored(pending: Pending, { seq, rev }: Stored): void {
    const room = this.#known.get(pending.room);
    if (!room || !this.user) return;
    const author = personOf(this.user);
    // A message that the stream has told of already, changed since perhaps, is known better than from here.
    if (seq <= (this.#streams.cursor(room.id)?.rev ?? 0)) return;
    room.provisional({ seq, rev, author, at: Date.now(), text: pending.text });
  }

  #listPresence(): void {
    if (this.link !== 'ready' || !this.current) return;
    // Who is not a member is refused, and needs no toast about it.
    this.current.people.listPresence().catch(() => undefined);
    if (this.current.people.membersLoaded) this.current.people.listMembers().catch(() => undefined);
  }

  // Streams.

  #load(room: RoomState): void {
    this.#streams.add(room.id, room);
    this.#streams.load(room.id).then(
      () => {
        // One was brought in, and has not been there yet: what was loaded told what is unread, and that is enough.
        if (!this.#recent.includes(room)) room.unload();
        this.#look();
      },
      (error: unknown) => {
        if (retryable(error)) return;
        room.failed(error);
        this.#streams.remove(room.id);
      },
    );
  }

  #userStream(): StreamHandler {
    return {
      load: async () => {
        const answer = await this.call<MeAnswer>('me:load', {});
        return { cursor: answer.cursor, install: () => this.#installMe(answer) };
      },
      apply: (changes) => this.#applyMemberships(changes),
      gone: () => this.#signedOut(),
      failed: (error) => toasts.error(error),
    };
  }

  #installMe({ cursor, user, rooms }: MeAnswer): void {
    this.#user = user;
    const mine = new Set(rooms.map(({ room }) => room.id));
    for (const room of this.#mine) if (!mine.has(room.id)) this.#forget(room, 'removed');
    const firstVisit = this.#markers?.empty ?? true;
    this.#markers?.keep(mine);
    const behind: Record<string, Cursor> = {};
    for (const { room, role, head } of rooms) {
      const state = this.#belong(room, role);
      // What it holds is loaded when it is opened; until then its changes are followed from here.
      const first = !this.#streams.has(room.id);
      this.#streams.add(room.id, state, { epoch: cursor.epoch, rev: head });
      if (!first) continue;
      state.startCounting(head);
      const read = this.#markers?.get(room.id);
      if (!read && (firstVisit || room.kind === 'open')) this.#markers?.set(room.id, { epoch: cursor.epoch, rev: head });
      // Brought in by somebody while one was away: nothing of it has been read.
      else if (!read) state.unreadSome = true;
      else if (read.epoch === cursor.epoch && read.rev < head) behind[room.id] = read;
    }
    this.roomsLoaded = true;
    this.#countUnread(behind, new Map(rooms.map(({ room, head }) => [room.id, head])));
  }

  /** What came while one was away is asked for once, only to count it: as far as one page goes. */
  #countUnread(behind: Record<string, Cursor>, heads: ReadonlyMap<string, number>): void {
    const entries = Object.entries(behind).slice(0, 1000);
    if (entries.length === 0) return;
    this.call<SyncAnswer>('sync', { cursors: Object.fromEntries(entries) }).then(
      ({ streams }) => {
        for (const [id, from] of entries) {
          const room = this.#known.get(id);
          if (!room || room === this.current) continue;
          const part = streams[id];
          room.unread += countUnread(part?.changes ?? [], this.me, from.rev, heads.get(id) ?? 0);
          room.unreadSome = part === undefined || part.more === true || part.reset === true;
        }
      },
      // Only a number is missing; the rooms themselves tell everything when they are opened.
      () => undefined,
    );
  }

  #applyMemberships(changes: readonly Change[]): void {
    for (const { membership } of changes) {
      if (!membership) continue;
      if (membership.gone) {
        const room = this.#known.get(membership.room.id);
        if (room && membership.why === 'removed') toasts.note(`You were removed from ${room.name}.`);
        if (room) this.#forget(room, membership.why ?? 'left');
      } else {
        const state = this.#belong(membership.room, membership.role);
        if (this.#streams.cursor(state.id)) continue;
        state.broughtIn = state !== this.current;
        this.#load(state);
      }
    }
  }

  #belong(room: Room, role: RoomRole): RoomState {
    const state = this.#state(room.id);
    state.learn(room);
    state.role = role;
    if (!this.#mine.includes(state)) this.#mine = [...this.#mine, state];
    return state;
  }

  #forget(room: RoomState, why: 'left' | 'removed'): void {
    this.#streams.remove(room.id);
    this.#mine = this.#mine.filter((other) => other !== room);
    this.#recent = this.#recent.filter((other) => other !== room);
    room.access = why;
    room.role = null;
    room.unread = 0;
    room.unreadSome = false;
    room.unload();
    room.people.forgetPassing();
    if (room !== this.current) this.#known.delete(room.id);
  }

  #state(id: string): RoomState {
    let state = this.#known.get(id);
    if (!state) {
      state = new RoomState(id, this);
      const listed = this.openRooms.find(id);
      if (listed) state.room = listed;
      this.#known.set(id, state);
    }
    return state;
  }

  #look(): void {
    const room = this.current;
    const cursor = room && this.#streams.cursor(room.id);
    if (room?.loaded && cursor && this.watched(room)) room.markRead(cursor);
  }

  /** Another tab of this person read a room: it is read here as well. */
  #otherTab(event: StorageEvent): void {
    if (event.key !== this.#markers?.key) return;
    for (const room of this.#mine) {
      const read = this.#markers?.get(room.id);
      const cursor = this.#streams.cursor(room.id);
      if (!read || !cursor || read.epoch !== cursor.epoch || read.rev < cursor.rev) continue;
      room.unread = 0;
      room.unreadSome = false;
    }
  }
}
