import { describe, expect, it } from 'vitest';
import { isBlank, linkParts, scalars, tidy } from '../src/lib/text';

describe('isBlank', () => {
  it('sees nothing in spaces and in what is drawn as nothing', () => {
    for (const text of ['', ' \n\t', '\u200b\u200d', '\u2060\ufeff', '\u3164', '\u2800\u00a0', '\u202e']) {
      expect(isBlank(text), JSON.stringify(text)).toBe(true);
    }
  });

  it('sees anything else', () => {
    for (const text of ['a', ' . ', '\u200ba', '👍🏽', 'ا', '\ue000']) expect(isBlank(text), text).toBe(false);
  });
});

describe('scalars', () => {
  it('counts what the server counts', () => {
    expect(scalars('aé👍')).toBe(3);
    expect(scalars('👨‍👩‍👧')).toBe(5);
  });
});

describe('tidy', () => {
  it('drops what was left at the end, and keeps what is within', () => {
    expect(tidy('  a\r\n\r\n  b \n\n')).toBe('  a\n\n  b');
  });

  it('replaces halves of characters, and nothing else', () => {
    expect(tidy('half \ud83d')).toBe('half \ufffd');
    expect(tidy('\udc4d\ud83d\ud83d\udc4d👨‍👩‍👧')).toBe('\ufffd\ufffd👍👨‍👩‍👧');
    expect(scalars(tidy('half \ud83d'))).toBe(6);
  });
});

describe('linkParts', () => {
  const links = (text: string) => linkParts(text).filter(({ href }) => href).map(({ text }) => text);

  it('finds addresses and leaves the punctuation of the sentence', () => {
    expect(links('See https://example.org/a?b=c#d, and (http://example.com/x_(y)).')).toEqual([
      'https://example.org/a?b=c#d',
      'http://example.com/x_(y)',
    ]);
    expect(links('<https://example.org>')).toEqual(['https://example.org']);
    expect(links('“https://example.org/ä”!')).toEqual(['https://example.org/ä']);
  });

  it('links nothing else', () => {
    for (const text of ['javascript:alert(1)', 'data:text/html,x', 'ftp://example.org', 'https://', 'www.example.org', 'http:// x']) {
      expect(links(text), text).toEqual([]);
    }
  });

  it('loses no character', () => {
    for (const text of ['', 'plain', 'a https://x.y. b https://z.w/)', '<b>http://a.b</b>', 'https://a.b,https://c.d']) {
      expect(linkParts(text).map((part) => part.text).join('')).toBe(text);
    }
  });
});
