/** What the server will say about a text, said earlier and without a request. */

/** Characters that show nothing: spaces, controls, format characters and the letters that are drawn as blanks. */
const NOTHING_TO_SEE = /^[\s\p{Z}\p{Cc}\p{Cf}\u115F\u1160\u2800\u3164\uFFA0]*$/u;

export function isBlank(text: string): boolean {
  return NOTHING_TO_SEE.test(text);
}

/** Unicode scalar values, as the server counts them. */
export function scalars(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * The text as it is sent: without the line ends that were left at its end, and without halves of characters (a pasted
 * text may be cut within one), which no UTF-8 can carry; a replacement character stands for each, as the browser itself
 * would put it.
 */
export function tidy(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd').replace(/\r\n?/g, '\n').replace(/\s+$/u, '');
}

export interface TextPart {
  text: string;
  href?: string;
}

const ADDRESS = /https?:\/\/[^\s<>"'`\u0000-\u001f]+/giu;
const CLOSING: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** Splits a text at its http and https addresses. Everything else stays text, whatever it looks like. */
export function linkParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const shown = trimAddress(match[0]);
    const href = safeAddress(shown);
    if (!href) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** Without the punctuation that belongs to the sentence and not to the address. */
function trimAddress(address: string): string {
  let shown = address;
  for (;;) {
    const last = shown.at(-1) ?? '';
    const opening = CLOSING[last];
    const unbalanced = opening !== undefined && shown.split(last).length > shown.split(opening).length;
    if (!unbalanced && !/[.,;:!?…”’»›]/u.test(last)) return shown;
    shown = shown.slice(0, -1);
  }
}

function safeAddress(text: string): string | undefined {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}
