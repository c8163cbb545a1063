/** For how long a room keeps its messages, as people read it. */
import { count } from './format';
import type { Message, Retention } from './wire';

/** Most days that can be set: a hundred years. */
export const MOST_DAYS = 36_500;

const when = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric', hour: 'numeric', minute: '2-digit' });

/** The rule as it is at this time: what was to hold from then on holds. */
export function at(retention: Retention | undefined, now: number): Retention {
  const { days = null, next } = retention ?? {};
  if (next && next.from <= now) return { days: next.days };
  return next ? { days, next } : { days };
}

/** What everybody in the room is told; nothing where everything is kept. */
export function rule(retention: Retention | undefined, now: number): string {
  const { days, next } = at(retention, now);
  const sentences: string[] = [];
  if (days !== null) sentences.push(`Messages are kept for ${count(days, 'day', 'days')}.`);
  if (next) sentences.push(`From ${when.format(next.from)} on, messages older than ${count(next.days, 'day', 'days')} are removed.`);
  return sentences.join(' ');
}

/** What somebody did who has set it, behind their name. */
export function line({ days, from, at }: Pick<Message, 'days' | 'from' | 'at'>): string {
  if (days === undefined || days === null) return 'set that messages are kept for ever';
  return `set that from ${when.format(from ?? at)} on, messages older than ${count(days, 'day', 'days')} are removed`;
}

/** A number of days that can be set, from what was typed. */
export function daysOf(text: string): number | undefined {
  const days = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  return days >= 1 && days <= MOST_DAYS ? days : undefined;
}
