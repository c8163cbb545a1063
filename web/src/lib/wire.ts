/** The objects and events of docs/api.md, as TypeScript sees them. */

/** "I know everything of this stream up to `rev`." */
export interface Cursor {
  epoch: string;
  rev: number;
}

/** Somebody, as far as a line needs to know. */
export interface Person {
  id: string;
  name: string;
  /** The number of their picture; without one it is drawn from the name. */
  avatar?: number;
  guest?: true;
}

/** What somebody may do in the whole workspace, the least first. */
export type Role = 'guest' | 'member' | 'moderator' | 'administrator' | 'owner';

/** Somebody, as everybody may see them. */
export interface User {
  id: string;
  name: string;
  role: Role;
  avatar?: number;
  /** What they say about themselves. */
  status?: string;
  /** The account was deleted. */
  gone?: true;
}

export type RoomRole = 'member' | 'owner';

export interface Member extends Person {
  role: RoomRole;
  status?: string;
  /** In the whole workspace, where it is above a member's. */
  workspace_role?: Role;
}

/** `open`: everybody may join; `closed`: who was brought in sees it; `direct`: a conversation, without a name. */
export type RoomKind = 'open' | 'closed' | 'direct';

/** For how many days a room keeps its messages, `null` for ever; and what its members were told of and will hold. */
export interface Retention {
  days: number | null;
  next?: { days: number; from: number };
}

export interface Room {
  id: string;
  name: string;
  kind: RoomKind;
  /** Between whom a direct conversation is, oneself included. */
  people?: Person[];
  maker: string | null;
  at: number;
  /** Only where not everything is kept. */
  retention?: Retention;
  /** Messages with a smaller `seq` were removed. */
  history_from?: number;
  rev: number;
}

export interface Message {
  seq: number;
  rev: number;
  author: Person;
  at: number;
  text?: string;
  deleted?: boolean;
  edited_at?: number;
  kind?: 'joined' | 'left' | 'removed' | 'added' | 'retention';
  about?: Person;
  /** Of a line about retention: for how many days from when on. */
  days?: number | null;
  from?: number;
  /** Ours alone: put together from an acknowledgement; the server's own form replaces it when it comes. */
  provisional?: true;
}

/** Something that people can ask for with a text that begins with a slash and this word. */
export interface SlashCommand {
  word: string;
  help: string;
  timeout_seconds: number;
}

/** What was answered to a slash command. */
export interface CommandAnswer {
  command: string;
  answer: string;
}

export type MemberChange = Member | { id: string; gone: true };

export type MembershipChange =
  { room: Room; role: RoomRole; gone?: never } | { room: { id: string }; gone: true; why?: 'left' | 'removed' };

export interface Change {
  rev: number;
  message?: Message;
  nonce?: string;
  member?: MemberChange;
  room?: Room;
  membership?: MembershipChange;
  /** How somebody is shown now. */
  person?: User;
}

/** `stream:changes`: everything that changed in a stream after `from` and up to `rev`. */
export interface Batch {
  stream: string;
  epoch: string;
  from: number;
  rev: number;
  changes: Change[];
}

export interface SyncPart {
  from?: number;
  rev?: number;
  head?: number;
  more?: boolean;
  changes?: Change[];
  reset?: boolean;
  gone?: boolean;
}

export interface SyncAnswer {
  epoch: string;
  streams: Record<string, SyncPart>;
  more?: boolean;
}

export interface Limits {
  message_chars: number;
  name_chars: number;
  room_name_chars: number;
  page: number;
  payload_bytes: number;
}

export interface SessionReady {
  user: User;
  workspace: string;
  epoch: string;
  version: string;
  /** The commit that the server was built from. */
  commit: string;
  limits: Limits;
}

export interface MeAnswer {
  cursor: Cursor;
  user: User;
  rooms: { room: Room; role: RoomRole; head: number }[];
}

export interface WorkspaceAnswer {
  cursor: Cursor;
  rooms: { room: Room; members: number; joined: boolean }[];
  more: boolean;
}

export interface RoomAnswer {
  cursor: Cursor;
  room: Room;
  role: RoomRole;
  members: number;
  messages: Message[];
  more: boolean;
}

export interface MembersAnswer {
  members: Member[];
  more: boolean;
}

export interface PeopleAnswer {
  people: User[];
}

/** A room that was made or opened, and in which one is now. */
export interface InRoom {
  room: Room;
  rev: number;
}

export interface PresenceAnswer {
  online: number;
  users: Person[];
  more?: boolean;
}

export interface PresenceChanged {
  room: string;
  online: number;
  came?: Person[];
  left?: Person[];
}

export interface TypingChanged {
  room: string;
  user: Person;
  typing: boolean;
}
