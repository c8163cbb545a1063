import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../src/lib/errors';
import { Outbox, type Pending, type PendingStorage, type Sent, type Stored, visible } from '../src/lib/outbox';
import { pendingStorage } from '../src/lib/storage';
import { ann, deferred, MemoryStorage, message, settle } from './fake';

const refusal = (code: string, retry_ms?: number) =>
  new ApiError({ code, message: `refused: ${code}`, ...(retry_ms === undefined ? {} : { retry_ms }) });

/** A server that stores each nonce once, and that a test can make fail. */
class FakeServer {
  readonly stored: { nonce: string; text: string; seq: number }[] = [];
  readonly tries: string[] = [];
  /** What happens to the next tries: an error before storing, after it, or a wait. */
  plan: ((store: () => Stored) => Promise<Sent>)[] = [];

  send = (pending: Pending): Promise<Sent> => {
    this.tries.push(pending.text);
    const store = (): Stored => {
      const known = this.stored.find(({ nonce }) => nonce === pending.nonce);
      if (known) return { seq: known.seq, rev: known.seq, repeated: true };
      const seq = 10 + this.stored.length;
      this.stored.push({ nonce: pending.nonce, text: pending.text, seq });
      return { seq, rev: seq };
    };
    const planned = this.plan.shift();
    return planned ? planned(store) : Promise.resolve(store());
  };

  get texts() {
    return this.stored.map(({ text }) => text);
  }
}

let storage: MemoryStorage;
let server: FakeServer;
let waits: number[];
let told: { text: string; seq: number }[];
let answered: { text: string; answer: string }[];
let given: { room: string; texts: string[]; why: string }[];
let nonces: number;
let now: number;

function open(kept: PendingStorage = pendingStorage(storage, 'ann')): Outbox {
  return new Outbox({
    storage: kept,
    send: (pending) => server.send(pending),
    stored: (pending, answer) => told.push({ text: pending.text, seq: answer.seq }),
    answered: (pending, { answer }) => answered.push({ text: pending.text, answer }),
    givenBack: (room, texts, why) => given.push({ room, texts, why }),
    changed: () => undefined,
    wait: (ms) => {
      waits.push(ms);
      return settle();
    },
    nonce: () => `n${++nonces}`,
    now: () => now,
  });
}

async function rest(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await settle();
}

beforeEach(() => {
  storage = new MemoryStorage();
  server = new FakeServer();
  waits = [];
  told = [];
  answered = [];
  given = [];
  nonces = 0;
  now = 1_000_000;
});

describe('the outbox', () => {
  it('sends at once and forgets what is acknowledged', async () => {
    const outbox = open();
    outbox.connected();
    outbox.add('room', 'hello', 0);
    expect(outbox.list[0]?.state).toBe('sending');
    await rest();
    expect(outbox.list).toEqual([]);
    expect(storage.length).toBe(0);
    expect(told).toEqual([{ text: 'hello', seq: 10 }]);
  });

  it('keeps what is written offline, over a reload, and sends it in order', async () => {
    const before = open();
    for (const text of ['one', 'two', 'three']) before.add('room', text, 0);
    await rest();
    expect(server.tries).toEqual([]);
    const after = open();
    expect(after.list.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    after.connected();
    await rest();
    expect(server.texts).toEqual(['one', 'two', 'three']);
    expect(storage.length).toBe(0);
  });

  it('hands on what was answered to what was no message', async () => {
    const outbox = open();
    server.plan = [() => Promise.resolve({ command: 'charge', answer: 'Charged! Thanks!' })];
    outbox.connected();
    outbox.add('room', '/charge 12.50', 0);
    outbox.add('room', 'hello', 0);
    await rest();
    expect(outbox.list).toEqual([]);
    expect(answered).toEqual([{ text: '/charge 12.50', answer: 'Charged! Thanks!' }]);
    expect(told).toEqual([{ text: 'hello', seq: 10 }]);
  });

  it('keeps each person to their own', () => {
    open().add('room', 'mine', 0);
    expect(open(pendingStorage(storage, 'bo')).list).toEqual([]);
  });

  it('is not confused by what else lies in the storage', () => {
    storage.setItem('chinwag:outbox:ann:x', '{"nonce":"x"}');
    storage.setItem('chinwag:outbox:ann:y', 'not json');
    expect(open().list).toEqual([]);
  });

  it.each(['not_stored', 'outcome_unknown', 'unavailable', 'rate_limited', 'timeout'])('tries again after %s', async (code) => {
    server.plan = [() => Promise.reject(refusal(code)), () => Promise.reject(refusal(code))];
    const outbox = open();
    outbox.connected();
    outbox.add('room', 'one', 0);
    outbox.add('room', 'two', 0);
    await rest();
    expect(server.tries).toEqual(['one', 'one', 'one', 'two']);
    expect(server.texts).toEqual(['one', 'two']);
    expect(waits.length).toBe(2);
  });

  it('waits as long as a rate limit says', async () => {
    server.plan = [() => Promise.reject(refusal('rate_limited', 4000))];
    const outbox = open();
    outbox.connected();
    outbox.add('room', 'one', 0);
    await rest();
    expect(waits[0]).toBeGreaterThanOrEqual(4000);
    expect(waits[0]).toBeLessThan(4300);
  });

  it('sends again with the same nonce where the acknowledgement was lost', async () => {
    server.plan = [
      (store) => {
        store();
        return Promise.reject(refusal('offline'));
      },
    ];
    const outbox = open();
    outbox.connected();
    outbox.add('room', 'one', 0);
    outbox.disconnected();
    await rest();
    expect(outbox.list[0]).toMatchObject({ state: 'waiting', tried: true });
    outbox.connected();
    await rest();
    expect(server.tries.length).toBe(2);
    expect(server.texts).toEqual(['one']);
    expect(outbox.list).toEqual([]);
  });

  it('is not stopped by a try that the old connection never answers', async () => {
    server.plan = [() => new Promise(() => undefined)];
    const outbox = open();
    outbox.connected();
    outbox.add('room', 'one', 0);
    outbox.disconnected();
    outbox.connected();
    await rest();
    expect(server.texts).toEqual(['one']);
    expect(outbox.list).toEqual([]);
  });

  it('takes off what a live change names, and does not mind the acknowledgement that follows', async () => {
    const answer = deferred<Stored>();
    server.plan = [() => answer.promise];
    const outbox = open();
    outbox.connected();
    const { nonce } = outbox.add('room', 'one', 0);
    outbox.seen(nonce);
    expect(outbox.list).toEqual([]);
    answer.resolve({ seq: 10, rev: 10 });
    await rest();
    expect(told).toEqual([]);
    outbox.add('room', 'two', 0);
    await rest();
    expect(server.texts).toEqual(['two']);
  });

  it('shows a final refusal at its message and goes on with the next', async () => {
    server.plan = [() => Promise.reject(refusal('message_too_long'))];
    const outbox = open();
    outbox.connected();
    const { nonce } = outbox.add('room', 'long', 0);
    outbox.add('room', 'short', 0);
    await rest();
    expect(server.texts).toEqual(['short']);
    expect(outbox.list).toMatchObject([{ text: 'long', state: 'failed', error: { code: 'message_too_long' } }]);
    expect(open().list).toMatchObject([{ text: 'long', state: 'failed' }]);
    outbox.retry(nonce);
    await rest();
    expect(server.texts).toEqual(['short', 'long']);
    expect(server.stored[1]?.nonce).toBe(nonce);
  });

  it('goes on by itself after a rate limit, with everything and in order', async () => {
    const limited = () => Promise.reject(refusal('rate_limited', 4000));
    const outbox = open();
    outbox.connected();
    outbox.add('room', 'one', 0);
    await rest();
    server.plan = [limited, limited];
    for (const text of ['two', 'three', 'four']) outbox.add('room', text, 0);
    await rest();
    expect(server.texts).toEqual(['one', 'two', 'three', 'four']);
    expect(waits.length).toBe(2);
    expect(outbox.list).toEqual([]);
  });

  it('gives back all that waits in the room of somebody who is muted, and does not try again', async () => {
    const answer = deferred<Stored>();
    server.plan = [() => answer.promise];
    const outbox = open();
    outbox.connected();
    outbox.add('room', 'one', 0);
    outbox.add('room', 'two', 0);
    await rest();
    answer.reject(refusal('muted'));
    await rest();
    expect(given).toEqual([{ room: 'room', texts: ['one', 'two'], why: 'refused: muted' }]);
    expect(server.tries).toEqual(['one']);
    expect(outbox.list).toEqual([]);
    expect(storage.length).toBe(0);
  });

  it.each(['unauthenticated', 'suspended'])('keeps what is refused with %s for the next session', async (code) => {
    server.plan = [() => Promise.reject(refusal(code))];
    const outbox = open();
    outbox.connected();
    outbox.add('room', 'one', 0);
    await settle();
    expect(outbox.list).toMatchObject([{ text: 'one', state: 'waiting' }]);
    expect(open().list).toMatchObject([{ text: 'one', state: 'waiting' }]);
  });

  it('discards what failed, and nothing else', async () => {
    server.plan = [() => Promise.reject(refusal('not_a_member')), () => new Promise(() => undefined)];
    const outbox = open();
    outbox.connected();
    const failed = outbox.add('room', 'failed', 0);
    await rest();
    const sending = outbox.add('room', 'sending', 0);
    expect(outbox.discard(sending.nonce)).toBeUndefined();
    expect(outbox.discard(failed.nonce)).toBe('failed');
    expect(outbox.list.map(({ text }) => text)).toEqual(['sending']);
    expect(open().list.map(({ text }) => text)).toEqual(['sending']);
  });

  it('takes another nonce where the nonce was the trouble', async () => {
    server.plan = [() => Promise.reject(refusal('nonce_reused'))];
    const outbox = open();
    outbox.connected();
    const { nonce } = outbox.add('room', 'one', 0);
    await rest();
    outbox.retry(nonce);
    await rest();
    expect(server.texts).toEqual(['one']);
    expect(server.stored[0]?.nonce).not.toBe(nonce);
    expect(storage.length).toBe(0);
  });

  it('does not let one room wait for another', async () => {
    server.plan = [() => new Promise(() => undefined)];
    const outbox = open();
    outbox.connected();
    outbox.add('slow', 'one', 0);
    outbox.add('fast', 'two', 0);
    await rest();
    expect(server.texts).toEqual(['two']);
  });

  it('asks before it repeats what the server may have forgotten', () => {
    const pending: Pending = {
      nonce: 'old', room: 'room', text: 'old', at: now - 31 * 24 * 3600 * 1000, after: 0, tried: true, state: 'waiting',
    };
    pendingStorage(storage, 'ann').put(pending);
    pendingStorage(storage, 'ann').put({ ...pending, nonce: 'new', text: 'never tried', tried: false });
    expect(open().list.map(({ text, state }) => [text, state])).toEqual(expect.arrayContaining([['old', 'failed'], ['never tried', 'waiting']]));
  });

  it('keeps the order of writing when the clock is put back', () => {
    const outbox = open();
    outbox.add('room', 'one', 0);
    now -= 60_000;
    outbox.add('room', 'two', 0);
    expect(open().list.map(({ text }) => text)).toEqual(['one', 'two']);
  });
});

describe('what is shown of it', () => {
  const pending = (text: string, more: Partial<Pending> = {}): Pending => ({
    nonce: text, room: 'room', text, at: 0, after: 5, tried: true, state: 'waiting', ...more,
  });
  const shown = (list: Pending[], messages: ReturnType<typeof message>[], me = ann.id) =>
    visible(list, messages, me).map(({ text }) => text);

  it('leaves out what a page or a sync brought already', () => {
    expect(shown([pending('hello')], [message(4, 'x'), message(6, 'hello')])).toEqual([]);
  });

  it('shows it where the same words are older, or somebody else’s, or it was never sent, or it failed', () => {
    expect(shown([pending('hello')], [message(5, 'hello')])).toEqual(['hello']);
    expect(shown([pending('hello')], [message(6, 'hello')], 'bo')).toEqual(['hello']);
    expect(shown([pending('hello', { tried: false })], [message(6, 'hello')])).toEqual(['hello']);
    expect(shown([pending('hello', { state: 'failed' })], [message(6, 'hello')])).toEqual(['hello']);
  });

  it('lets one message stand for one', () => {
    expect(shown([pending('hi', { nonce: 'a' }), pending('hi', { nonce: 'b' })], [message(6, 'hi')])).toEqual(['hi']);
  });
});
