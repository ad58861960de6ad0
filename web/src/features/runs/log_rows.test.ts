import { describe, expect, it } from 'vitest';
import {
  allRows,
  initialFolds,
  lastNotAbove,
  selectedRows,
  stepOf,
  type Block,
  type LogStep,
  type Rows,
} from './log_rows';

const step = (name: string, start: number, end: number, failed = false): LogStep => ({
  name,
  start,
  end,
  failed,
});
const block = (start: number, end: number, kind: Block['kind'] = 'error'): Block => ({
  start,
  end,
  kind,
  why: '',
});

/** "S0-" a folded step, "S0+" an open one, "7" a line, "(2-5)" a gap. */
function show(rows: Rows): string[] {
  return Array.from({ length: rows.count }, (_, i) => {
    const row = rows.at(i);
    if (row.kind === 'step') return `S${row.index}${row.folded ? '-' : '+'}`;
    return row.kind === 'line' ? String(row.n) : `(${row.start}-${row.end})`;
  });
}

describe('allRows', () => {
  const steps = [step('a', 2, 3), step('b', 4, 6), step('c', 8, 8)];

  it('puts a header before each step and leaves lines between steps alone', () =>
    expect(show(allRows(9, steps, new Set()))).toEqual([
      '1',
      'S0+',
      '2',
      '3',
      'S1+',
      '4',
      '5',
      '6',
      '7',
      'S2+',
      '8',
      '9',
    ]));

  it('folds', () =>
    expect(show(allRows(9, steps, new Set([0, 1])))).toEqual(['1', 'S0-', 'S1-', '7', 'S2+', '8', '9']));

  it('finds every line, folded ones in their header', () => {
    for (const folded of [new Set<number>(), new Set([1]), new Set([0, 1, 2])]) {
      const rows = allRows(9, steps, folded);
      for (let n = 1; n <= 9; n += 1) {
        const row = rows.at(rows.indexOf(n));
        if (row.kind === 'line') expect(row.n).toBe(n);
        else expect(row.kind === 'step' && row.folded && row.step.start <= n && n <= row.step.end).toBe(true);
      }
    }
  });

  it('knows lines that are not there', () => {
    const rows = allRows(9, steps, new Set());
    expect(rows.indexOf(0)).toBe(-1);
    expect(rows.indexOf(10)).toBe(-1);
  });

  it('is empty for an empty log', () => expect(allRows(0, [], new Set()).count).toBe(0));

  it('survives steps that overlap or reach past the end', () =>
    expect(show(allRows(4, [step('a', 1, 3), step('b', 2, 9), step('c', 12, 14)], new Set()))).toEqual([
      'S0+',
      '1',
      '2',
      '3',
      'S1+',
      '4',
    ]));

  it('holds no object per line', () => {
    const rows = allRows(100_000, [step('all', 1, 100_000)], new Set());
    expect(rows.count).toBe(100_001);
    expect(rows.at(100_000)).toEqual({ kind: 'line', n: 100_000 });
    expect(rows.indexOf(77_777)).toBe(77_777);
  });
});

describe('selectedRows', () => {
  it('shows a gap wherever lines are left out', () =>
    expect(show(selectedRows(10, [3, 4, 8], true))).toEqual(['(1-2)', '3', '4', '(5-7)', '8', '(9-10)']));
  it('claims nothing about the end before it is known', () =>
    expect(show(selectedRows(10, [1], false))).toEqual(['1']));
  it('finds lines and what hides them', () => {
    const rows = selectedRows(10, [3, 4, 8], true);
    expect([1, 3, 4, 6, 8, 10].map((n) => rows.indexOf(n))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows.indexOf(11)).toBe(-1);
  });
});

describe('initialFolds', () => {
  const steps = [
    step('set up', 1, 10),
    step('test', 11, 20, true),
    step('report', 21, 30),
    step('clean', 31, 40),
  ];
  it('opens what failed and what holds marks', () =>
    expect(initialFolds(steps, [block(25, 26)], null)).toEqual(new Set([0, 3])));
  it('does not open for context', () =>
    expect(initialFolds(steps, [block(25, 26, 'context')], null)).toEqual(new Set([0, 2, 3])));
  it('opens the step of a permalink', () => expect(initialFolds(steps, [], 5)).toEqual(new Set([2, 3])));
  it('opens the last when nothing is known', () =>
    expect(initialFolds([step('a', 1, 2), step('b', 3, 4)], [], null)).toEqual(new Set([0])));
  it('has nothing to fold without steps', () => expect(initialFolds([], [], null)).toEqual(new Set()));
});

it('stepOf finds the step of a line', () => {
  const steps = [step('a', 2, 3), step('b', 6, 8)];
  expect([1, 2, 3, 4, 6, 8, 9].map((n) => stepOf(steps, n))).toEqual([-1, 0, 0, -1, 1, 1, -1]);
});

it('lastNotAbove agrees with a search from the end', () => {
  const list = [1, 3, 3, 7, 9];
  for (let value = 0; value <= 10; value += 1) {
    expect(lastNotAbove(list, value, (item) => item)).toBe(list.findLastIndex((item) => item <= value));
  }
});
