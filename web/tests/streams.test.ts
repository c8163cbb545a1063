import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../src/lib/errors';
import { MessageLog } from '../src/lib/messages';
import { step, type StreamHandler, Streams } from '../src/lib/streams';
import type { Batch, Change, Cursor, SyncAnswer } from '../src/lib/wire';
import { deferred, FakeRoom, message, seeded, settle } from './fake';

const offline = () => new ApiError({ code: 'offline', message: 'no connection' });

/** A client of one room over calls that a test may hold back. */
class Client implements StreamHandler {
  readonly log = new MessageLog();
  readonly streams: Streams;
  readonly applied: number[] = [];
  goneCount = 0;
  failures: unknown[] = [];
  syncs: Record<string, Cursor>[] = [];
  loads = 0;
  waited: number[] = [];
  answerSync: (cursors: Record<string, Cursor>) => Promise<SyncAnswer>;
  answerLoad: () => Promise<ReturnType<FakeRoom['load']>>;

  constructor(readonly room: FakeRoom) {
    this.answerSync = (cursors) => Promise.resolve(room.sync(cursors));
    this.answerLoad = () => Promise.resolve(room.load());
    this.streams = new Streams({
      sync: (cursors) => {
        this.syncs.push(cursors);
        return this.answerSync(cursors);
      },
      wait: async (ms) => {
        this.waited.push(ms);
        await settle();
      },
    });
    this.streams.add(room.id, this);
  }

  async load() {
    this.loads += 1;
    const answer = await this.answerLoad();
    return { cursor: answer.cursor, install: () => this.log.install(answer) };
  }

  apply(changes: Change[]) {
    this.applied.push(...changes.map(({ rev }) => rev));
    this.log.merge(changes.flatMap((change) => (change.message ? [change.message] : [])));
  }

  gone() {
    this.goneCount += 1;
  }

  failed(error: unknown) {
    this.failures.push(error);
  }

  get texts() {
    return this.log.messages.map(({ text }) => text);
  }

  get expected() {
    return this.room.list().map(({ text }) => text);
  }
}

function batch(room: FakeRoom, rev: number): Batch {
  const found = room.announced.find((each) => each.rev === rev);
  if (!found) throw new Error(`no batch ${rev}`);
  return found;
}

describe('step', () => {
  const cursor = { epoch: 'one', rev: 10 };
  const of = (from: number, rev: number, epoch = 'one'): Batch => ({ stream: 'room', epoch, from, rev, changes: [] });

  it('tells what a batch is at a cursor', () => {
    expect(step(cursor, of(8, 10))).toBe('stale');
    expect(step(cursor, of(10, 11))).toBe('next');
    expect(step(cursor, of(7, 12))).toBe('next');
    expect(step(cursor, of(11, 12))).toBe('hole');
    expect(step(cursor, of(10, 11, 'two'))).toBe('reset');
  });
});

describe('a stream', () => {
  let room: FakeRoom;
  let client: Client;

  beforeEach(async () => {
    room = new FakeRoom();
    room.post('a');
    room.post('b');
    client = new Client(room);
    client.streams.connected();
    await settle();
  });

  it('is loaded when it is connected', () => {
    expect(client.texts).toEqual(['a', 'b']);
    expect(client.streams.cursor('room')).toEqual({ epoch: 'one', rev: 2 });
  });

  it('applies what comes next, once', () => {
    room.post('c');
    client.streams.receive(batch(room, 3));
    client.streams.receive(batch(room, 3));
    expect(client.texts).toEqual(['a', 'b', 'c']);
    expect(client.applied).toEqual([3]);
  });

  it('takes only what is new of a batch that overlaps', () => {
    room.post('c');
    client.streams.receive(batch(room, 3));
    room.post('d');
    const both = { ...batch(room, 4), from: 2, changes: [...batch(room, 3).changes, ...batch(room, 4).changes] };
    client.streams.receive(both);
    expect(client.applied).toEqual([3, 4]);
  });

  it('fills a hole from the store', async () => {
    room.post('c');
    room.post('d');
    room.post('e');
    client.streams.receive(batch(room, 5));
    expect(client.texts).toEqual(['a', 'b']);
    await settle();
    expect(client.texts).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(client.applied).toEqual([3, 4, 5]);
  });

  it('goes on with what was held when late batches close the hole themselves', () => {
    client.answerSync = () => new Promise(() => undefined);
    for (const text of ['c', 'd', 'e']) room.post(text);
    client.streams.receive(batch(room, 5));
    client.streams.receive(batch(room, 3));
    client.streams.receive(batch(room, 4));
    expect(client.texts).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('asks again, and not in a hot loop, while the store does not know what was announced', async () => {
    room.post('c');
    room.post('d');
    const late = room.sync({ room: { epoch: 'one', rev: 2 } });
    let asked = 0;
    client.answerSync = () => Promise.resolve(++asked < 4 ? { epoch: 'one', streams: {} } : late);
    client.streams.receive(batch(room, 4));
    for (let i = 0; i < 10; i += 1) await settle();
    expect(client.texts).toEqual(['a', 'b', 'c', 'd']);
    expect(client.waited.length).toBe(3);
  });

  it('gets everything in pages after a lost connection, and then once', async () => {
    client.streams.disconnected();
    for (let i = 0; i < 10; i += 1) room.post(`m${i}`);
    room.edit(1, 'A');
    client.streams.connected();
    await settle();
    expect(client.texts).toEqual(client.expected);
    expect(client.syncs.length).toBeGreaterThan(3);
    expect(client.loads).toBe(1);
  });

  it('holds what comes during a sync', async () => {
    const held = deferred<SyncAnswer>();
    room.post('c');
    const snapshot = room.sync({ room: { epoch: 'one', rev: 2 } });
    client.answerSync = () => held.promise;
    client.streams.resync('room');
    room.post('d');
    client.streams.receive(batch(room, 4));
    client.answerSync = (cursors) => Promise.resolve(room.sync(cursors));
    held.resolve(snapshot);
    await settle();
    expect(client.texts).toEqual(['a', 'b', 'c', 'd']);
    expect(client.applied).toEqual([3, 4]);
  });

  it('is loaded afresh when the epoch changed', async () => {
    room.epoch = 'two';
    room.messages.delete(2);
    room.head = 1;
    client.streams.disconnected();
    client.streams.connected();
    await settle();
    expect(client.texts).toEqual(['a']);
    expect(client.streams.cursor('room')).toEqual({ epoch: 'two', rev: 1 });
    room.post('c');
    client.streams.receive({ ...batch(room, 2), epoch: 'two', from: 1, changes: [{ rev: 2, message: message(2, 'c') }] });
    expect(client.texts).toEqual(['a', 'c']);
  });

  it('is loaded afresh on a live change of another epoch', async () => {
    room.epoch = 'two';
    room.post('c');
    client.streams.receive(batch(room, 3));
    await settle();
    expect(client.loads).toBe(2);
    expect(client.texts).toEqual(['a', 'b', 'c']);
  });

  it('is loaded afresh when its cursor is too old', async () => {
    client.streams.disconnected();
    for (let i = 0; i < 5; i += 1) room.post(`m${i}`);
    room.floor = 4;
    client.streams.connected();
    await settle();
    expect(client.loads).toBe(2);
    expect(client.texts).toEqual(client.expected);
  });

  it('is let go when it is gone', async () => {
    client.answerSync = () => Promise.resolve({ epoch: 'one', streams: { room: { gone: true } } });
    client.streams.resync('room');
    await settle();
    expect(client.goneCount).toBe(1);
    expect(client.streams.has('room')).toBe(false);
  });

  it('asks again where a sync fails', async () => {
    room.post('c');
    let tries = 0;
    client.answerSync = (cursors) =>
      ++tries < 3 ? Promise.reject(new ApiError({ code: 'unavailable', message: '' })) : Promise.resolve(room.sync(cursors));
    client.streams.resync('room');
    await settle();
    await settle();
    await settle();
    expect(client.texts).toEqual(['a', 'b', 'c']);
  });

  it('counts on the store when more came across a hole than is held', async () => {
    client.answerSync = () => new Promise(() => undefined);
    for (let i = 0; i < 400; i += 1) room.post(`m${i}`);
    for (let rev = 4; rev <= 402; rev += 1) client.streams.receive(batch(room, rev));
    client.streams.disconnected();
    client.answerSync = (cursors) => Promise.resolve(room.sync(cursors, 1000));
    client.streams.connected();
    await settle();
    expect(client.texts).toEqual(client.expected);
  });
});

describe('a load', () => {
  it('is completed by the changes that came while it was on its way', async () => {
    const room = new FakeRoom();
    room.post('a');
    const client = new Client(room);
    const answer = deferred<ReturnType<FakeRoom['load']>>();
    client.answerLoad = () => answer.promise;
    client.streams.connected();
    const snapshot = room.load();
    room.post('b');
    room.edit(1, 'A');
    client.streams.receive(batch(room, 2));
    client.streams.receive(batch(room, 3));
    answer.resolve(snapshot);
    await settle();
    expect(client.texts).toEqual(['A', 'b']);
    expect(client.syncs).toEqual([]);
  });

  it('asks the store for what its snapshot and the changes leave out', async () => {
    const room = new FakeRoom();
    room.post('a');
    const client = new Client(room);
    const answer = deferred<ReturnType<FakeRoom['load']>>();
    client.answerLoad = () => answer.promise;
    client.streams.connected();
    const snapshot = room.load();
    room.post('b');
    room.post('c');
    client.streams.receive(batch(room, 3));
    answer.resolve(snapshot);
    await settle();
    expect(client.texts).toEqual(['a', 'b', 'c']);
  });

  it('is begun again by the next connection', async () => {
    const room = new FakeRoom();
    room.post('a');
    const client = new Client(room);
    client.answerLoad = () => Promise.reject(offline());
    client.streams.connected();
    client.streams.disconnected();
    await settle();
    expect(client.log.loaded).toBe(false);
    client.answerLoad = () => Promise.resolve(room.load());
    client.streams.connected();
    await settle();
    expect(client.texts).toEqual(['a']);
    expect(client.failures).toEqual([]);
  });

  it('is tried again while the server is busy', async () => {
    const room = new FakeRoom();
    room.post('a');
    const client = new Client(room);
    let tries = 0;
    client.answerLoad = () =>
      ++tries < 3 ? Promise.reject(new ApiError({ code: 'unavailable', message: '' })) : Promise.resolve(room.load());
    client.streams.connected();
    for (let i = 0; i < 4; i += 1) await settle();
    expect(client.texts).toEqual(['a']);
  });

  it('tells a refusal to whoever asked, and does not repeat it', async () => {
    const room = new FakeRoom();
    const client = new Client(room);
    const refusal = new ApiError({ code: 'not_a_member', message: '' });
    client.answerLoad = () => Promise.reject(refusal);
    client.streams.connected();
    await settle();
    expect(client.failures).toEqual([refusal]);
    await expect(client.streams.load('room')).rejects.toBe(refusal);
    expect(client.loads).toBe(2);
  });

  it('is joined by a second one', async () => {
    const room = new FakeRoom();
    const client = new Client(room);
    client.streams.connected();
    await Promise.all([client.streams.load('room'), client.streams.load('room')]);
    expect(client.loads).toBe(1);
  });
});

describe('more streams than one call takes', () => {
  it('are asked for in several', async () => {
    const asked: number[] = [];
    const streams = new Streams({
      sync: (cursors) => {
        asked.push(Object.keys(cursors).length);
        return Promise.resolve({ epoch: 'one', streams: {} });
      },
      wait: () => Promise.resolve(),
    });
    const handler: StreamHandler = {
      load: () => Promise.reject(offline()),
      apply: () => undefined,
      gone: () => undefined,
      failed: () => undefined,
    };
    for (let i = 0; i < 2500; i += 1) streams.add(`s${i}`, handler, { epoch: 'one', rev: 1 });
    streams.connected();
    await settle();
    expect(asked).toEqual([1000, 1000, 500]);
  });
});

describe('whatever happens on the way', () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))('the client converges (seed %i)', async (seed) => {
    const pick = seeded(seed + 1);
    const room = new FakeRoom();
    for (let i = 0; i < pick(80); i += 1) room.post(`old ${i}`);
    const client = new Client(room);
    let connected = false;
    const inFlight: (() => void)[] = [];
    /** Answers from the state at the time of asking, given back at some later time, or never. */
    const late = <T>(answer: T): Promise<T> => {
      const { promise, resolve, reject } = deferred<T>();
      inFlight.push(() => (connected ? resolve(answer) : reject(offline())));
      return promise;
    };
    client.answerLoad = () => late(room.load(Infinity, 10));
    client.answerSync = (cursors) => late(room.sync(cursors));
    const older = () => {
      const before = client.log.oldest;
      if (before === undefined || !client.log.more) return;
      const { promise, resolve } = deferred<ReturnType<FakeRoom['load']>>();
      const page = room.load(before, 7);
      inFlight.push(() => resolve(page));
      void promise.then((answer) => {
        if (!client.log.prepend(answer, before)) client.streams.rewind(room.id, answer.cursor);
      });
    };
    let delivered = 0;
    for (let turn = 0; turn < 150; turn += 1) {
      switch (pick(9)) {
        case 0:
        case 1:
          room.post(`turn ${turn}`);
          break;
        case 2:
          if (room.head > 0) {
            const all = room.list();
            room.edit(all[pick(all.length)]?.seq ?? 1, `edited in ${turn}`);
          }
          break;
        case 3:
          if (!connected) {
            connected = true;
            delivered = Math.max(0, room.announced.length - pick(3));
            client.streams.connected();
          } else if (pick(4) === 0) {
            connected = false;
            client.streams.disconnected();
            for (const answer of inFlight.splice(0)) answer();
          }
          break;
        case 4:
          older();
          break;
        case 5:
        case 6:
          inFlight.splice(pick(Math.max(1, inFlight.length)), 1)[0]?.();
          break;
        default:
          // Deliver the next live change, now and then again, out of order, or lose it.
          if (connected && delivered < room.announced.length) {
            const next = room.announced[delivered];
            delivered += 1;
            if (pick(10) > 0 && next) client.streams.receive(next);
            const again = room.announced[pick(room.announced.length)];
            if (pick(10) === 0 && again) client.streams.receive(again);
          }
      }
      await settle();
    }
    connected = false;
    client.streams.disconnected();
    for (const answer of inFlight.splice(0)) answer();
    await settle();
    connected = true;
    client.streams.connected();
    for (let i = 0; i < 200 && (inFlight.length > 0 || i < 20); i += 1) {
      for (const answer of inFlight.splice(0)) answer();
      await settle();
    }
    while (client.log.more) {
      older();
      for (const answer of inFlight.splice(0)) answer();
      await settle();
    }
    expect(client.log.messages).toEqual(room.list());
    expect(client.streams.cursor('room')).toEqual(room.cursor);
  });
});
