import { describe, expect, it } from 'vitest';
import { at, daysOf, line, rule } from '../src/lib/retention';

const NOW = Date.UTC(2026, 10, 23, 12);
const next = { days: 30, from: NOW + 60_000 };

describe('for how long messages are kept', () => {
  it('is said of what holds and of what will', () => {
    expect(rule(undefined, NOW)).toBe('');
    expect(rule({ days: null }, NOW)).toBe('');
    expect(rule({ days: 1 }, NOW)).toBe('Messages are kept for 1 day.');
    expect(rule({ days: null, next }, NOW)).toMatch(/^From .*2026.* on, messages older than 30 days are removed\.$/);
    expect(rule({ days: 90, next }, NOW)).toMatch(/^Messages are kept for 90 days\. From .* older than 30 days are removed\.$/);
  });

  it('changes by itself when its time has come', () => {
    expect(at({ days: 90, next }, next.from - 1)).toEqual({ days: 90, next });
    expect(at({ days: 90, next }, next.from)).toEqual({ days: 30 });
    expect(rule({ days: null, next }, next.from)).toBe('Messages are kept for 30 days.');
  });

  it('is a line in the history', () => {
    expect(line({ days: null, from: NOW, at: NOW })).toBe('set that messages are kept for ever');
    expect(line({ days: 1, from: NOW, at: 0 })).toMatch(/^set that from .*2026.* on, messages older than 1 day are removed$/);
  });

  it('is a number from 1 to 36,500', () => {
    expect(['1', ' 30 ', '36500'].map(daysOf)).toEqual([1, 30, 36_500]);
    for (const bad of ['', '0', '36501', '-1', '1.5', '1e3', 'ten', '999999']) expect(daysOf(bad)).toBeUndefined();
  });
});
