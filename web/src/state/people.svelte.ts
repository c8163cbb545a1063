/** Who is in the open room, who of them is here now, and who types. */
import { MemberList } from '../lib/members';
import { TypingOthers } from '../lib/typing';
import type {
  Member,
  MemberChange,
  MembersAnswer,
  Person,
  PresenceAnswer,
  PresenceChanged,
  TypingChanged,
} from '../lib/wire';

type Call = <T>(event: string, payload: object) => Promise<T>;

/** Members shown at most; whoever looks for one beyond that is helped by no list. */
const SHOWN_MEMBERS = 1000;

export class People {
  /** How many are here now; unknown until the server has said. */
  online = $state<number | null>(null);
  /** The ids of those who are here now, as far as they are told. */
  here = $state.raw<ReadonlySet<string>>(new Set());
  members = $state.raw<readonly Member[]>([]);
  /** The room has more members than are listed. */
  moreMembers = $state(false);
  membersLoaded = $state(false);
  typing = $state.raw<readonly Person[]>([]);

  readonly #room: string;
  readonly #call: Call;
  readonly #list = new MemberList();
  readonly #typists = new TypingOthers((people) => (this.typing = people));
  #reading = 0;

  constructor(room: string, call: Call) {
    this.#room = room;
    this.#call = call;
  }

  /** Asks who is here now; on opening the room and after each reconnection. */
  async listPresence(): Promise<void> {
    const answer = await this.#call<PresenceAnswer>('presence:list', { room: this.#room });
    this.online = answer.online;
    this.here = new Set(answer.users.map(({ id }) => id));
  }

  async listMembers(): Promise<void> {
    const reading = ++this.#reading;
    this.#list.start();
    let after: string | undefined;
    for (let listed = 0; listed < SHOWN_MEMBERS; ) {
      const payload = { room: this.#room, limit: 100, ...(after === undefined ? {} : { after }) };
      const answer = await this.#call<MembersAnswer>('room:members', payload);
      // Asked again meanwhile.
      if (reading !== this.#reading) return;
      this.#list.page(answer.members);
      this.members = this.#list.list();
      this.membersLoaded = true;
      this.moreMembers = answer.more;
      listed += answer.members.length;
      after = answer.members.at(-1)?.id;
      if (!answer.more || after === undefined) return;
    }
  }

  memberChanged(change: MemberChange): void {
    if (this.#reading === 0) return;
    this.#list.apply(change);
    this.members = this.#list.list();
  }

  presenceChanged(change: PresenceChanged): void {
    this.online = change.online;
    if (!change.came?.length && !change.left?.length) return;
    const here = new Set(this.here);
    for (const { id } of change.came ?? []) here.add(id);
    for (const person of change.left ?? []) {
      here.delete(person.id);
      this.#typists.set(person, false);
    }
    this.here = here;
  }

  typingChanged(change: TypingChanged): void {
    this.#typists.set(change.user, change.typing);
  }

  /** Somebody's message is there: they have stopped typing, whatever the order in which that is told. */
  spoke(author: Person): void {
    this.#typists.set(author, false);
  }

  /** The room is not looked at any more, or the connection is lost: what passes is not known now. */
  forgetPassing(): void {
    this.online = null;
    this.here = new Set();
    this.#typists.clear();
  }
}
