import { describe, expect, it } from 'vitest';
import { called, offered } from '../src/lib/commands';
import { ApiError } from '../src/lib/errors';
import { Replies } from '../src/state/replies.svelte';
import { deferred, settle } from './fake';

const charge = { word: 'charge', help: 'Charges a card', timeout_seconds: 10 };
const chart = { word: 'chart', help: 'Draws a chart', timeout_seconds: 1 };
const commands = [charge, chart];

describe('slash commands', () => {
  it('are what is listed, and nothing else', () => {
    expect(called(commands, '/charge 12.50')).toBe(charge);
    expect(called(commands, '/charge')).toBe(charge);
    expect(called(commands, '/charge\n12')).toBe(charge);
    for (const text of ['charge', '/charger', ' /charge', '//charge', '/', '', '/Charge', '/etc/hosts']) {
      expect(called(commands, text), text).toBeUndefined();
    }
  });

  it('are offered from the slash on, until another one is written', () => {
    const words = (text: string) => offered(commands, text).map(({ word }) => word);
    expect(words('/')).toEqual(['charge', 'chart']);
    expect(words('/char')).toEqual(['charge', 'chart']);
    expect(words('/charg')).toEqual(['charge']);
    expect(words('/charge 12')).toEqual(['charge']);
    expect(words('/char 12')).toEqual([]);
    expect(words('')).toEqual([]);
    expect(words('see /')).toEqual([]);
  });
});

describe('replies', () => {
  const begin = () => {
    const answers: ReturnType<typeof deferred<unknown>>[] = [];
    const asked: { event: string; payload: object; answerMs: number | undefined }[] = [];
    const announced: string[] = [];
    const link = { connected: true };
    const replies = new Replies({
      call: <T>(event: string, payload: object, answerMs?: number) => {
        asked.push({ event, payload, answerMs });
        const answer = deferred<unknown>();
        answers.push(answer);
        return answer.promise as Promise<T>;
      },
      connected: () => link.connected,
      announce: (text) => announced.push(text),
    });
    replies.commands = commands;
    return { replies, answers, asked, announced, link };
  };

  it('are asked once, shown, told to screen readers, and dismissed', async () => {
    const { replies, answers, asked, announced } = begin();
    expect(replies.ask('garden', 'hello')).toBe(false);
    expect(replies.ask('garden', '/charge 12.50')).toBe(true);
    expect(replies.list).toMatchObject([{ room: 'garden', text: '/charge 12.50', state: 'waiting' }]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ event: 'message:send', payload: { room: 'garden', text: '/charge 12.50' } });
    expect(asked[0]?.answerMs).toBeGreaterThan(10_000);
    answers[0]?.resolve({ command: 'charge', answer: 'Charged! Thanks!' });
    await settle();
    expect(replies.list).toMatchObject([{ state: 'answered', answer: 'Charged! Thanks!' }]);
    expect(announced).toEqual(['Charged! Thanks!']);
    replies.dismiss(replies.list[0]?.id ?? '');
    expect(replies.list).toEqual([]);
  });

  it('tell that nobody knows, where the answer got lost', async () => {
    const { replies, answers, link } = begin();
    const told = async (code: string) => {
      replies.ask('garden', '/charge 1');
      answers.at(-1)?.reject(new ApiError({ code, message: 'Try again.' }));
      await settle();
      return replies.list.at(-1)?.answer;
    };
    expect(await told('offline')).toContain('look before you ask again');
    expect(await told('timeout')).toContain('look before you ask again');
    link.connected = false;
    expect(await told('offline')).toBe('Try again.');
  });

  it('go where the server knows no such command any more', async () => {
    const { replies, answers } = begin();
    replies.ask('garden', '/charge 1');
    answers[0]?.resolve({ seq: 3, rev: 3 });
    await settle();
    expect(replies.list).toEqual([]);
  });

  it('tell why something was not done, and ask nobody again', async () => {
    const { replies, answers, asked } = begin();
    replies.ask('garden', '/charge');
    answers[0]?.reject(new ApiError({ code: 'command_refused', message: 'Say how much.' }));
    await settle();
    expect(replies.list).toMatchObject([{ state: 'refused', answer: 'Say how much.' }]);
    expect(asked).toHaveLength(1);
  });
});
