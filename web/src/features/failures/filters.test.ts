import { expect, it } from 'vitest';
import { asMarkdown } from './as_markdown';
import { toQuery } from './filters';
import { makeWorld } from '@/testing/mock_data';

it('toQuery turns days into a time, cut to the minute', () => {
  const now = Date.UTC(2026, 2, 14, 2, 7, 31, 482);
  expect(toQuery({ since: '7', q: 'npm' }, now)).toEqual({ q: 'npm', since: '2026-03-07T02:07:00.000Z' });
});

it('toQuery leaves the rest alone', () => expect(toQuery({ state: 'open' }, 0)).toEqual({ state: 'open' }));

it('asMarkdown writes a line per failure, with a link', () => {
  const { failures } = makeWorld({ failures: 2, events: 0, now: Date.UTC(2026, 2, 14) });
  const text = asMarkdown(failures, 'https://fm.example');
  expect(text.split('\n')).toHaveLength(2);
  expect(text).toContain(
    `](https://fm.example/failures/${failures[0]!.id}): ${failures[0]!.cause.summary} (open, seen `,
  );
});
