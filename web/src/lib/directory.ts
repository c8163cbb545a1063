/**
 * The open rooms of the workspace, page by page, kept true by the workspace's stream.
 * Pages are read at different times, so each entry remembers up to which `rev` it is known.
 */
import type { Change, Room, WorkspaceAnswer } from './wire';

export interface Listed {
  room: Room;
  /** How many members it had when it was read; not known of a room that was made since. */
  members: number | undefined;
}

const byName = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

export function compareNames(a: string, b: string): number {
  return byName.compare(a, b);
}

export class Directory {
  readonly #entries = new Map<string, Listed & { asOf: number }>();
  more = false;
  /** The last room of the last page, from which the next one goes on. */
  last: string | undefined;

  /** Starts afresh with the first page. */
  install(page: WorkspaceAnswer): void {
    this.#entries.clear();
    this.append(page);
  }

  append(page: WorkspaceAnswer): void {
    for (const { room, members } of page.rooms) {
      const known = this.#entries.get(room.id);
      if (known && known.asOf > page.cursor.rev) known.members = members;
      else this.#entries.set(room.id, { room, members, asOf: page.cursor.rev });
    }
    this.more = page.more;
    this.last = page.rooms.at(-1)?.room.id ?? this.last;
  }

  apply(changes: readonly Change[]): void {
    for (const { room, rev } of changes) {
      if (!room) continue;
      const known = this.#entries.get(room.id);
      if (known && known.asOf >= rev) continue;
      this.#entries.set(room.id, { room, members: known?.members, asOf: rev });
    }
  }

  find(id: string): Room | undefined {
    return this.#entries.get(id)?.room;
  }

  list(): Listed[] {
    return [...this.#entries.values()].sort((a, b) => compareNames(a.room.name, b.room.name));
  }
}
