import { describe, expect, it } from 'vitest';
import { ago, avatarColour, dayName, initials } from '../src/lib/format';
import { backoff } from '../src/lib/errors';
import { freshNonce } from '../src/lib/nonce';
import { pageOf, roomPath, safeNext, signInPath } from '../src/lib/router';

const noon = new Date(2026, 4, 20, 12, 0, 0).getTime();
const minute = 60_000;
const hour = 60 * minute;

describe('ago', () => {
  it('speaks of the distance while it is short, and of the day later', () => {
    expect(ago(noon - 10_000, noon)).toBe('just now');
    expect(ago(noon + 5 * minute, noon)).toBe('just now');
    expect(ago(noon - 5 * minute, noon)).toContain('5');
    expect(ago(noon - 3 * hour, noon)).toContain('3');
    expect(ago(noon - 20 * hour, noon)).toContain('yesterday');
    expect(ago(noon - 72 * hour, noon)).toContain('17');
    expect(ago(noon - 400 * 24 * hour, noon)).toContain('2025');
  });
});

describe('dayName', () => {
  it('names days', () => {
    expect(dayName(noon, noon)).toBe('Today');
    expect(dayName(noon - 13 * hour, noon)).toBe('Yesterday');
    expect(dayName(noon - 400 * 24 * hour, noon)).toContain('2025');
  });
});

describe('names', () => {
  it('have initials, whatever they are written in', () => {
    expect(initials('Ann Lindqvist')).toBe('AL');
    expect(initials('bo')).toBe('B');
    expect(initials('mary-jane watson')).toBe('MW');
    expect(initials('千尋')).toBe('千');
    expect(initials('👩🏽‍🚀 Zoë')).toBe('👩🏽‍🚀Z');
    expect(initials('')).toBe('');
  });

  it('have one colour, that white can be read on', () => {
    expect(avatarColour('Ann')).toBe(avatarColour('ann'));
    const colours = new Set(Array.from({ length: 200 }, (_, i) => avatarColour(`name ${i}`)));
    expect(colours.size).toBeGreaterThan(8);
    for (const colour of colours) expect(contrastWithWhite(colour), colour).toBeGreaterThan(4.5);
  });
});

function contrastWithWhite(colour: string): number {
  const channel = (at: number) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 1.05 / (0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5) + 0.05);
}

describe('freshNonce', () => {
  it('is a UUID, with and without randomUUID', () => {
    const plain = { getRandomValues: <T extends ArrayBufferView>(bytes: T) => crypto.getRandomValues(bytes as never) as T };
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(freshNonce()).toMatch(uuid);
    expect(freshNonce(plain as Crypto)).toMatch(uuid);
    expect(freshNonce(plain as Crypto)).not.toBe(freshNonce(plain as Crypto));
  });
});

describe('backoff', () => {
  it('doubles to a bound, spread out', () => {
    expect(backoff(1, undefined, () => 0)).toBe(250);
    expect(backoff(3, undefined, () => 1)).toBe(2000);
    expect(backoff(1000, undefined, () => 1)).toBe(15_000);
  });
});

describe('addresses', () => {
  it('name pages', () => {
    expect(pageOf('/')).toEqual({ name: 'home' });
    expect(pageOf('/rooms/')).toEqual({ name: 'rooms' });
    expect(pageOf(roomPath('a/b'))).toEqual({ name: 'room', id: 'a/b' });
    expect(pageOf('/rooms/%')).toEqual({ name: 'room', id: '%' });
    expect(signInPath('/rooms/1?x')).toBe('/sign-in?next=%2Frooms%2F1%3Fx');
  });

  it('lead only into this site after signing in', () => {
    const origin = 'https://chat.example';
    const home = `${origin}/`;
    expect(safeNext('/rooms/1?a#b', origin)).toBe('https://chat.example/rooms/1?a#b');
    expect(safeNext('/x/../rooms?q=//evil.example', origin)).toBe('https://chat.example/rooms?q=//evil.example');
    const bad = [null, '', 'rooms', 'https://evil.example/', 'javascript:alert(1)', '\t/evil.example', '\t//evil.example'];
    const hosts = ['//', '/\\', '/\t/', '/..//', '/.//', '/%2e%2e//', '/%2E//', '/x/..//', '/..\\\\', '/../\t/', '/.\n//'];
    for (const each of [...bad, ...hosts.map((start) => `${start}evil.example:4499/phish`)]) {
      expect(safeNext(each, origin), String(each)).toBe(home);
    }
  });
});
