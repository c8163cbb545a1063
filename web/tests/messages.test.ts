import { describe, expect, it } from 'vitest';
import { MessageLog } from '../src/lib/messages';
import { FakeRoom, message } from './fake';

function filled(count: number, limit = 10): { room: FakeRoom; log: MessageLog } {
  const room = new FakeRoom();
  for (let i = 1; i <= count; i += 1) room.post(`m${i}`);
  const log = new MessageLog();
  log.install(room.load(Infinity, limit));
  return { room, log };
}

describe('the window of messages', () => {
  it('grows at its end and in its middle, in the order of seq', () => {
    const { log } = filled(3);
    log.merge([message(6, 'six'), message(5, 'five')]);
    expect(log.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 5, 6]);
  });

  it('keeps the higher rev, whichever comes first', () => {
    const { log } = filled(3);
    log.merge([message(2, 'late', 9)]);
    log.merge([message(2, 'early', 7)]);
    expect(log.find(2)?.text).toBe('late');
  });

  it('replaces its own guess by the form of the server at the same rev, and not the other way round', () => {
    const { log } = filled(3);
    log.merge([{ ...message(4, 'mine'), provisional: true }]);
    log.merge([message(4, 'mine', 4, 12345)]);
    expect(log.find(4)).toEqual(message(4, 'mine', 4, 12345));
    log.merge([{ ...message(4, 'mine'), provisional: true }]);
    expect(log.find(4)?.provisional).toBeUndefined();
  });

  it('leaves alone what others hold', () => {
    const { log } = filled(3);
    const before = log.messages;
    log.merge([message(4, 'new')]);
    expect(before.length).toBe(3);
    expect(log.messages).not.toBe(before);
  });

  it('loads older pages as far as they go', () => {
    const { room, log } = filled(25);
    while (log.more) log.prepend(room.load(log.oldest, 10), log.oldest ?? 0);
    expect(log.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  });

  it('does not let an older page overwrite a change that came in between', () => {
    const { room, log } = filled(25);
    const page = room.load(log.oldest, 10);
    log.merge([room.edit(8, 'edited meanwhile')]);
    expect(log.prepend(page, 16)).toBe(true);
    expect(log.find(8)?.text).toBe('edited meanwhile');
  });

  it('takes the page where that is newer', () => {
    const { room, log } = filled(25);
    log.merge([room.edit(8, 'once')]);
    room.edit(8, 'twice');
    log.prepend(room.load(16, 10), 16);
    expect(log.find(8)?.text).toBe('twice');
  });

  it('says when it may have forgotten a change that a page lacks', () => {
    const { room, log } = filled(1200);
    const page = room.load(1191, 50);
    for (let seq = 1; seq <= 600; seq += 1) log.merge([room.edit(seq, 'edited')]);
    expect(log.prepend(page, 1191)).toBe(false);
    expect(log.prepend(room.load(1141, 50), 1141)).toBe(true);
  });

  it('drops a page that does not adjoin any more', () => {
    const { room, log } = filled(25);
    const page = room.load(16, 10);
    log.install(room.load(Infinity, 5));
    log.prepend(page, 16);
    expect(log.messages.map(({ seq }) => seq)).toEqual([21, 22, 23, 24, 25]);
  });

  it('ends where the room does not keep any more', () => {
    const { room, log } = filled(25);
    expect(log.more).toBe(true);
    log.beginAt(10);
    expect([log.oldest, log.more]).toEqual([16, true]);
    log.merge([room.edit(8, 'gone'), room.edit(12, 'there')]);
    log.prepend(room.load(16, 10), 16);
    expect(log.oldest).toBe(10);
    expect(log.find(12)?.text).toBe('there');
    log.beginAt(20);
    expect(log.messages.map(({ seq }) => seq)).toEqual([20, 21, 22, 23, 24, 25]);
    expect(log.more).toBe(false);
    log.merge([room.edit(19, 'gone'), room.edit(20, 'there')]);
    expect(log.messages.map(({ text }) => text).slice(0, 2)).toEqual(['there', 'm21']);
    log.beginAt(5);
    expect(log.oldest).toBe(20);
    log.beginAt(26);
    expect([log.messages.length, log.more]).toEqual([0, false]);
    log.merge([room.post('new')]);
    expect(log.oldest).toBe(room.head);
  });

  it('has nothing when it was given back', () => {
    const { room, log } = filled(25);
    log.forget();
    log.merge([room.post('new')]);
    expect(log.messages).toEqual([]);
    expect(log.loaded).toBe(false);
  });
});
