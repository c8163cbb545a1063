/** Times and names, as people read them. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'always', style: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const dayMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayMonthYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const weekdayYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** "just now", "5 min. ago", "3 hr. ago"; from yesterday on the day and the time. */
export function ago(at: number, now: number): string {
  const passed = now - at;
  // A server's clock that is a little ahead of ours is no reason to speak of the future.
  if (passed < MINUTE) return 'just now';
  if (passed < HOUR) return relative.format(-Math.floor(passed / MINUTE), 'minute');
  if (localDay(at) === localDay(now)) return relative.format(-Math.floor(passed / HOUR), 'hour');
  if (localDay(now) - localDay(at) === 1) return `yesterday, ${clock.format(at)}`;
  const date = sameYear(at, now) ? dayMonth : dayMonthYear;
  return `${date.format(at)}, ${clock.format(at)}`;
}

/** Only the time of day. */
export function timeOfDay(at: number): string {
  return clock.format(at);
}

/** Everything, for whoever wants to know exactly. */
export function exact(at: number): string {
  return full.format(at);
}

/** The heading above the messages of one day. */
export function dayName(at: number, now: number): string {
  const distance = localDay(now) - localDay(at);
  if (distance === 0) return 'Today';
  if (distance === 1) return 'Yesterday';
  return (sameYear(at, now) ? weekday : weekdayYear).format(at);
}

/** Counts days on this machine's calendar. */
export function localDay(at: number): number {
  const date = new Date(at);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / (24 * HOUR));
}

function sameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear();
}

/** Backgrounds that white letters can be read on (contrast above 4.5 to 1). */
const AVATAR_COLOURS = [
  '#9a4f3c',
  '#8a5a1d',
  '#66691f',
  '#3d7040',
  '#1f7263',
  '#22708a',
  '#3a66a6',
  '#5a5bab',
  '#7a529c',
  '#94487f',
  '#9e4560',
  '#6b6155',
] as const;

/** The same colour for the same name, everywhere. */
export function avatarColour(name: string): string {
  let hash = 2166136261;
  for (const character of name.normalize('NFKC').toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
  }
  return AVATAR_COLOURS[hash % AVATAR_COLOURS.length] ?? AVATAR_COLOURS[0];
}

/** One or two letters that stand for a name: of its first and its last word. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== '');
  const first = firstLetter(words[0] ?? name);
  const last = words.length > 1 ? firstLetter(words[words.length - 1] ?? '') : '';
  return (first + last).toUpperCase();
}

const letters = typeof Intl.Segmenter === 'function' ? new Intl.Segmenter() : undefined;

function firstLetter(word: string): string {
  if (!letters) return Array.from(word)[0] ?? '';
  for (const { segment } of letters.segment(word)) return segment;
  return '';
}

export function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString()} ${n === 1 ? one : many}`;
}
