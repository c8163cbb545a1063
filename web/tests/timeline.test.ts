import { describe, expect, it } from 'vitest';
import { blocks } from '../src/lib/timeline';
import type { Message } from '../src/lib/wire';
import { ann, message } from './fake';

const bo = { id: 'bo', name: 'Bo' };
const start = new Date(2026, 4, 20, 12).getTime();
const at = (seq: number, minutes: number, more: Partial<Message> = {}): Message => ({
  ...message(seq, `m${seq}`),
  at: start + minutes * 60_000,
  ...more,
});
const flat = (messages: Message[]) => blocks(messages, []).flatMap((block) => block.rows);

describe('rows', () => {
  it('are grouped by author and time', () => {
    const rows = flat([
      at(1, 0),
      at(2, 1),
      at(3, 2, { author: bo }),
      at(4, 3),
      at(5, 20),
      at(6, 21, { kind: 'joined', author: ann }),
      at(7, 22),
    ]);
    expect(rows.map(({ startsGroup }) => startsGroup)).toEqual([true, false, true, true, true, true, true]);
  });

  it('begin a day where one begins', () => {
    const rows = flat([at(1, 0), at(2, 1), at(3, 24 * 60)]);
    expect(rows.map(({ startsDay }) => startsDay)).toEqual([true, false, true]);
    expect(rows[2]?.startsGroup).toBe(true);
  });
});

describe('blocks', () => {
  const many = Array.from({ length: 500 }, (_, i) => at(i + 101, i));

  it('hold everything once and in order', () => {
    expect(flat(many).map((row) => row.message)).toEqual(many);
  });

  it('stay the same objects where nothing changed', () => {
    const before = blocks(many, []);
    expect(blocks(many.slice(), before)).toBe(before);

    const older = Array.from({ length: 50 }, (_, i) => at(i + 51, i - 50));
    const prepended = blocks([...older, ...many], before);
    expect(prepended.filter((block) => !before.includes(block)).length).toBe(2);

    const edited = many.with(250, { ...many[250]!, rev: 999, text: 'edited' });
    const changed = blocks(edited, before);
    expect(changed.filter((block) => !before.includes(block)).length).toBe(1);

    const appended = blocks([...many, at(601, 600)], before);
    expect(appended.filter((block) => !before.includes(block)).length).toBe(1);
  });

  it('are small however sparse the messages are', () => {
    const sparse = Array.from({ length: 300 }, (_, i) => at(i * 7 + 1, i));
    for (const block of blocks(sparse, [])) expect(block.rows.length).toBeLessThanOrEqual(48);
  });
});
