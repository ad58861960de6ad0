import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatExact,
  formatShare,
  lastDays,
  splitCode,
} from './format';

describe('formatAge', () => {
  it.each([
    [0, 'now'],
    [4_999, 'now'],
    [5_000, '5 s ago'],
    [59_999, '59 s ago'],
    [60_000, '1 min ago'],
    [3_599_999, '59 min ago'],
    [3_600_000, '1 h ago'],
    [47 * 3_600_000, '47 h ago'],
    [48 * 3_600_000, '2 d ago'],
    [-30_000, 'in 30 s'],
  ])('%d ms is "%s"', (ms, text) => expect(formatAge(ms)).toBe(text));
});

describe('formatExact', () => {
  it('shows UTC', () =>
    expect(formatExact('2026-03-14T02:07:31.482Z', 'utc')).toBe('2026-03-14 02:07:31 UTC'));
  it('shows local time with its offset', () =>
    expect(formatExact('2026-03-14T02:07:31.482Z', 'local')).toMatch(
      /^2026-03-1\d \d\d:\d\d:31 [+-]\d\d:\d\d$/,
    ));
  it('leaves alone what is no time', () => expect(formatExact('soon', 'utc')).toBe('soon'));
});

describe('formatDuration', () => {
  it.each([
    [840, '840 ms'],
    [3_290, '3.2 s'],
    [9_999, '9.9 s'],
    [10_000, '10 s'],
    [245_000, '4 min 05 s'],
    [7_980_000, '2 h 13 min'],
    [273_600_000, '3 d 4 h'],
  ])('%d ms is "%s"', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [20_480, '20.0 KiB'],
    [3_565_158, '3.4 MiB'],
    [250 * 1024 * 1024, '250 MiB'],
  ])('%d is "%s"', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('formatShare', () => {
  it.each([
    [0, '0 %'],
    [0.004, '<1 %'],
    [0.21, '21 %'],
    [0.999, '>99 %'],
    [1, '100 %'],
  ])('%d is "%s"', (share, text) => expect(formatShare(share)).toBe(text));
});

it('lastDays ends today', () => {
  const days = lastDays(3, Date.UTC(2026, 2, 1, 23, 59));
  expect(days).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
});

describe('splitCode', () => {
  it('tells code from text', () =>
    expect(splitCode('Run `npm ci` first.')).toEqual([
      { text: 'Run ', code: false },
      { text: 'npm ci', code: true },
      { text: ' first.', code: false },
    ]));
  it('keeps an unpaired backtick', () =>
    expect(splitCode('a ` b')).toEqual([{ text: 'a ` b', code: false }]));
  it('is empty for nothing', () => expect(splitCode('')).toEqual([]));
});
