/**
 * How people are shown now, where that has changed since the page was loaded.
 *
 * Whatever names somebody (a message, a member, a direct conversation) keeps the name and the picture that it was read
 * with; what the workspace's stream has told of them since is laid over it where it is shown.
 */
import type { Change, Person, User } from '../lib/wire';

/** People kept at most; beyond it everything that names people has to be read anew. */
const KEPT = 2000;

interface Profile {
  rev: number;
  user: User;
  person: Person;
}

export class Profiles {
  #changed = $state.raw<ReadonlyMap<string, Profile>>(new Map());

  /** As this person is shown now. */
  of(person: Person): Person {
    return this.#changed.get(person.id)?.person ?? person;
  }

  /** All of somebody who has changed. */
  find(id: string): User | undefined {
    return this.#changed.get(id)?.user;
  }

  get full(): boolean {
    return this.#changed.size > KEPT;
  }

  /** Takes what the workspace's stream tells of people; of one person the later counts, whatever comes first. */
  learn(changes: readonly Change[]): void {
    let next: Map<string, Profile> | undefined;
    for (const { rev, person: user } of changes) {
      if (!user || (this.#changed.get(user.id)?.rev ?? 0) >= rev) continue;
      next ??= new Map(this.#changed);
      next.set(user.id, { rev, user, person: personOf(user) });
    }
    if (next) this.#changed = next;
  }

  clear(): void {
    this.#changed = new Map();
  }
}

export const profiles = new Profiles();

/** What a line needs to know of somebody. */
export function personOf({ id, name, avatar, role }: User): Person {
  return { id, name, ...(avatar ? { avatar } : {}), ...(role === 'guest' ? { guest: true } : {}) };
}
