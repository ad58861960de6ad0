import { describe, expect, it } from 'vitest';
import {
  findLines,
  formatLines,
  jumpTargets,
  nextTarget,
  parseLines,
  peelLine,
  selectLines,
  splitMatches,
} from './log_text';
import { pagesOf } from './use_log_lines';

describe('peelLine', () => {
  it.each([
    ['2026-03-14T02:07:31.4821234Z Run make', '2026-03-14T02:07:31.4821234Z', 'Run make', null],
    ['\uFEFF2026-03-14T02:07:31Z a', '2026-03-14T02:07:31Z', 'a', null],
    [
      '2026-03-14T02:07:31.4Z ##[error]Process completed',
      '2026-03-14T02:07:31.4Z',
      'Process completed',
      'error',
    ],
    ['##[group]Run npm ci', '', 'Run npm ci', 'group'],
    ['::error file=a.ts,line=3::broken', '', 'broken', 'error'],
    ['::endgroup::', '', '', 'endgroup'],
    ['plain', '', 'plain', null],
    ['', '', '', null],
    ['2026 was a year', '', '2026 was a year', null],
  ])('%j', (line, stamp, text, marker) => expect(peelLine(line)).toEqual({ stamp, text, marker }));
});

describe('permalinks', () => {
  it.each([
    ['#L120', 120, 120],
    ['#L120-L130', 120, 130],
    ['#L130-L120', 120, 130],
    ['120', 120, 120],
    ['120-130', 120, 130],
  ])('%s', (text, start, end) => expect(parseLines(text)).toEqual({ start, end }));
  it.each(['', '#', '#L0', '#Lx', '#L1-', '#token=1', '#L12345678901'])('%j is none', (text) =>
    expect(parseLines(text)).toBeNull(),
  );
  it('come back as they went', () => {
    for (const range of [
      { start: 7, end: 7 },
      { start: 7, end: 12 },
    ])
      expect(parseLines(formatLines(range))).toEqual(range);
  });
  it('grow with shift', () => {
    expect(selectLines(null, 5, true)).toEqual({ start: 5, end: 5 });
    expect(selectLines({ start: 5, end: 5 }, 9, true)).toEqual({ start: 5, end: 9 });
    expect(selectLines({ start: 5, end: 9 }, 2, true)).toEqual({ start: 2, end: 9 });
    expect(selectLines({ start: 5, end: 9 }, 2, false)).toEqual({ start: 2, end: 2 });
  });
});

describe('marks', () => {
  it('are all blocks but context, in order', () => {
    const block = (start: number, kind: 'error' | 'context') => ({ start, end: start, kind, why: '' });
    const targets = jumpTargets([block(9, 'error'), block(4, 'context'), block(2, 'error')]);
    expect(targets.map(({ start }) => start)).toEqual([2, 9]);
  });
  it('go on at the other end', () => {
    const starts = [10, 20, 30];
    expect(nextTarget(starts, 10, 1)).toBe(1);
    expect(nextTarget(starts, 30, 1)).toBe(0);
    expect(nextTarget(starts, 10, -1)).toBe(2);
    expect(nextTarget(starts, 25, -1)).toBe(1);
    expect(nextTarget([], 1, 1)).toBe(-1);
  });
});

describe('search', () => {
  it('finds lines, case ignored', () => expect(findLines(['One', 'two', 'none'], 'ONE')).toEqual([1, 3]));
  it('finds nothing for nothing', () => expect(findLines(['a'], '')).toEqual([]));
  it('cuts a line at its matches', () =>
    expect(splitMatches('An error, ERROR.', 'error')).toEqual([
      { text: 'An ', hit: false },
      { text: 'error', hit: true },
      { text: ', ', hit: false },
      { text: 'ERROR', hit: true },
      { text: '.', hit: false },
    ]));
  it('puts together what it cut', () => {
    for (const text of ['aaa', 'İstanbul a', '', 'baab'])
      expect(
        splitMatches(text, 'a')
          .map((piece) => piece.text)
          .join(''),
      ).toBe(text);
  });
});

it('pagesOf names each page once', () => expect(pagesOf([1, 2000, 2001, 5, 99_999])).toEqual([0, 1, 49]));
