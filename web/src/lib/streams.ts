/**
 * The three things of docs/api.md that a client does with streams: load, apply, sync.
 *
 * One {@link Track} per stream holds its cursor. Whatever arrives while a stream is being loaded, or across a hole,
 * is held and replayed afterwards, so that nothing depends on the order in which answers and live changes come.
 */
import { backoff, retryable } from './errors';
import type { Batch, Change, Cursor, SyncAnswer, SyncPart } from './wire';

/** What a stream means to the rest of the client. */
export interface StreamHandler {
  /** Reads the stream afresh. `install` is called in the same turn in which the cursor is taken over. */
  load(): Promise<{ cursor: Cursor; install(): void }>;
  /** Changes that were not known before, in the order of their `rev`. */
  apply(changes: Change[], cursor: Cursor): void;
  /** There is no such stream for this person any more. */
  gone(): void;
  /** A load that nobody waited for was refused for good. */
  failed(error: unknown): void;
}

export interface StreamsDeps {
  sync(cursors: Record<string, Cursor>): Promise<SyncAnswer>;
  wait(ms: number): Promise<void>;
}

/** The server answers for this many streams in one call. */
const STREAMS_PER_SYNC = 1000;
/** Batches held for one stream; beyond it they are dropped and the stream is synced instead. */
const HELD = 256;

interface Track {
  handler: StreamHandler;
  cursor: Cursor | null;
  held: Batch[];
  dropped: boolean;
  loading: Promise<void> | null;
  wantsLoad: boolean;
}

/** What a batch is to somebody who stands at `cursor`. */
export function step(cursor: Cursor, batch: Batch): 'stale' | 'next' | 'hole' | 'reset' {
  if (batch.epoch !== cursor.epoch) return 'reset';
  if (batch.rev <= cursor.rev) return 'stale';
  return batch.from > cursor.rev ? 'hole' : 'next';
}

export class Streams {
  readonly #tracks = new Map<string, Track>();
  readonly #deps: StreamsDeps;
  /** Streams to ask for in the next round. */
  #wanted = new Set<string>();
  #running = false;
  /** Counts connections, so that what an earlier one began does not go on in a later one. */
  #connection = 0;
  #connected = false;

  constructor(deps: StreamsDeps) {
    this.#deps = deps;
  }

  /** Follows a stream: from `cursor` where its present state is known, else it has to be loaded. */
  add(id: string, handler: StreamHandler, cursor: Cursor | null = null): void {
    if (this.#tracks.has(id)) return;
    this.#tracks.set(id, { handler, cursor, held: [], dropped: false, loading: null, wantsLoad: false });
  }

  remove(id: string): void {
    this.#tracks.delete(id);
    this.#wanted.delete(id);
  }

  has(id: string): boolean {
    return this.#tracks.has(id);
  }

  cursor(id: string): Cursor | null {
    return this.#tracks.get(id)?.cursor ?? null;
  }

  /** The connection is there: everything that differs is asked for. */
  connected(): void {
    this.#connection += 1;
    this.#connected = true;
    this.#running = false;
    for (const id of this.#tracks.keys()) this.#wanted.add(id);
    void this.#run();
  }

  /** The connection is gone; loads and syncs under way fail by themselves and are begun again by `connected`. */
  disconnected(): void {
    this.#connection += 1;
    this.#connected = false;
    this.#running = false;
  }

  /** Asks what changed in one stream (a page was older than what is known, say). */
  resync(id: string): void {
    this.#wanted.add(id);
    void this.#run();
  }

  /** Goes back to `cursor` if that is earlier, so that the next sync tells everything since then once more. */
  rewind(id: string, cursor: Cursor): void {
    const track = this.#tracks.get(id);
    if (!track?.cursor || track.cursor.epoch !== cursor.epoch || track.cursor.rev <= cursor.rev) return;
    track.cursor = cursor;
    this.resync(id);
  }

  /** Loads a stream afresh; a load already under way is joined. Rejects when refused or when the connection goes. */
  load(id: string): Promise<void> {
    const track = this.#tracks.get(id);
    if (!track) return Promise.resolve();
    track.loading ??= this.#load(id, track).finally(() => {
      track.loading = null;
      if (this.#tracks.get(id) === track) this.#replay(id, track);
    });
    return track.loading;
  }

  /** Takes `stream:changes`. */
  receive(batch: Batch): void {
    const track = this.#tracks.get(batch.stream);
    if (!track) return;
    if (track.loading) {
      hold(track, batch);
      return;
    }
    // Nothing is known yet: the load that is to come tells all of it.
    if (!track.cursor) return;
    switch (step(track.cursor, batch)) {
      case 'stale':
        return;
      case 'next':
        this.#apply(track, batch);
        // The batch may have closed the hole that others wait behind.
        if (track.held.length > 0) this.#replay(batch.stream, track);
        return;
      case 'hole':
        hold(track, batch);
        this.resync(batch.stream);
        return;
      case 'reset':
        this.#loadInBackground(batch.stream, track);
    }
  }

  #apply(track: Track, batch: Batch): void {
    const known = track.cursor?.rev ?? 0;
    track.cursor = { epoch: batch.epoch, rev: batch.rev };
    const fresh = batch.changes.filter((change) => change.rev > known);
    if (fresh.length > 0) track.handler.apply(fresh, track.cursor);
  }

  #replay(id: string, track: Track): void {
    const held = track.held.sort((a, b) => a.rev - b.rev);
    track.held = [];
    let missing = track.dropped;
    track.dropped = false;
    for (const batch of held) {
      if (!track.cursor) return;
      const kind = step(track.cursor, batch);
      if (kind === 'next') this.#apply(track, batch);
      if (kind === 'hole') track.held.push(batch);
      // Still across a hole, or from another epoch than the state just read: the server tells what is true.
      if (kind === 'hole' || kind === 'reset') missing = true;
    }
    if (missing) this.resync(id);
  }

  async #load(id: string, track: Track): Promise<void> {
    track.wantsLoad = true;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { cursor, install } = await track.handler.load();
        // Left meanwhile: nobody wants it any more.
        if (this.#tracks.get(id) !== track) return;
        track.wantsLoad = false;
        track.cursor = cursor;
        install();
        return;
      } catch (error) {
        // A refusal is final; what a lost connection broke is begun again by the next one.
        if (!retryable(error)) track.wantsLoad = false;
        if (!this.#connected || !retryable(error)) throw error;
        await this.#deps.wait(backoff(attempt, error));
      }
    }
  }

  #loadInBackground(id: string, track: Track): void {
    track.cursor = null;
    this.load(id).catch((error: unknown) => {
      if (!retryable(error)) track.handler.failed(error);
    });
  }

  async #run(): Promise<void> {
    if (this.#running || !this.#connected) return;
    this.#running = true;
    const connection = this.#connection;
    for (let attempt = 0; this.#wanted.size > 0 && connection === this.#connection; ) {
      try {
        const progressed = await this.#round(connection);
        attempt = progressed ? 0 : attempt + 1;
        // A hole that a sync does not close (a change announced before it can be read) is not asked for in a hot loop.
        if (!progressed && this.#wanted.size > 0) await this.#deps.wait(backoff(attempt));
      } catch (error) {
        attempt += 1;
        await this.#deps.wait(backoff(attempt, error));
      }
    }
    if (connection === this.#connection) this.#running = false;
  }

  /** One call of `sync`. Tells whether anything came of it. */
  async #round(connection: number): Promise<boolean> {
    const cursors: Record<string, Cursor> = {};
    const asked: string[] = [];
    for (const id of this.#wanted) {
      const track = this.#tracks.get(id);
      if (track && !track.loading && (track.wantsLoad || !track.cursor)) this.#loadInBackground(id, track);
      if (!track?.cursor || track.loading) {
        // A stream being loaded needs no sync: what comes meanwhile is held and replayed.
        this.#wanted.delete(id);
        continue;
      }
      if (asked.length === STREAMS_PER_SYNC) break;
      cursors[id] = track.cursor;
      asked.push(id);
    }
    if (asked.length === 0) return true;
    for (const id of asked) this.#wanted.delete(id);
    let answer: SyncAnswer;
    try {
      answer = await this.#deps.sync(cursors);
    } catch (error) {
      for (const id of asked) this.#wanted.add(id);
      throw error;
    }
    if (connection !== this.#connection) return false;
    let progressed = false;
    for (const [id, part] of Object.entries(answer.streams)) {
      const track = this.#tracks.get(id);
      if (!track) continue;
      progressed = true;
      if (part.more) this.#wanted.add(id);
      this.#take(id, track, answer.epoch, part);
    }
    for (const id of asked) {
      const track = this.#tracks.get(id);
      if (!track) continue;
      // Left for later; those that were answered and have no more will simply not differ.
      if (answer.more) this.#wanted.add(id);
      if (track.held.length > 0 || track.dropped) this.#replay(id, track);
    }
    return progressed;
  }

  #take(id: string, track: Track, epoch: string, part: SyncPart): void {
    if (part.gone) {
      this.remove(id);
      track.handler.gone();
    } else if (part.reset) {
      this.#loadInBackground(id, track);
    } else if (part.rev !== undefined) {
      this.receive({ stream: id, epoch, from: part.from ?? 0, rev: part.rev, changes: part.changes ?? [] });
    }
  }
}

function hold(track: Track, batch: Batch): void {
  if (track.held.length >= HELD) {
    track.held = [];
    track.dropped = true;
  }
  track.held.push(batch);
}
