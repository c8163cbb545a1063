/** The members of a room as read in pages, with the changes that came while the pages were on their way. */
import { compareNames } from './directory';
import type { Member, MemberChange } from './wire';

export class MemberList {
  #members = new Map<string, Member>();
  /** Since the first page was asked for; the pages carry no cursor, so these are applied over each of them. */
  #since = new Map<string, MemberChange>();

  start(): void {
    this.#members = new Map();
    this.#since = new Map();
  }

  page(members: readonly Member[]): void {
    for (const member of members) this.#members.set(member.id, member);
    for (const change of this.#since.values()) this.#put(change);
  }

  apply(change: MemberChange): void {
    this.#since.set(change.id, change);
    this.#put(change);
  }

  /** Owners first, then by name. */
  list(): Member[] {
    const rank = (member: Member) => (member.role === 'owner' ? 0 : 1);
    return [...this.#members.values()].sort((a, b) => rank(a) - rank(b) || compareNames(a.name, b.name));
  }

  #put(change: MemberChange): void {
    if ('gone' in change) this.#members.delete(change.id);
    else this.#members.set(change.id, change);
  }
}
