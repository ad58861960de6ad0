// Which row of the log view shows what: a 100,000-line log with folded steps, without an object per line. Pure.
import type { Schemas } from '@/lib/api/client';

export type LogStep = Schemas['LogStep'];
export type LogLine = Schemas['LogLine'];
export type Block = Schemas['Block'];

export type Row =
  | { kind: 'step'; index: number; step: LogStep; folded: boolean }
  | { kind: 'line'; n: number }
  | { kind: 'gap'; start: number; end: number };

export interface Rows {
  count: number;
  /** The row at `index`, 0 ≤ index < count. */
  at(index: number): Row;
  /** The row that shows line `n`, or the folded step or gap that hides it; -1 when there is no such line. */
  indexOf(n: number): number;
}

interface Segment {
  step: number | null;
  start: number;
  end: number;
  folded: boolean;
  firstRow: number;
  rows: number;
}

/** The last element whose `key` is not above `value`, by bisection; -1 when all are above. */
export function lastNotAbove<T>(list: readonly T[], value: number, key: (item: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (key(list[middle] as T) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function segmentsOf(totalLines: number, steps: readonly LogStep[], folded: ReadonlySet<number>): Segment[] {
  const segments: Segment[] = [];
  let nextLine = 1;
  let nextRow = 0;
  const push = (step: number | null, start: number, end: number, isFolded: boolean) => {
    const rows = (step === null ? 0 : 1) + (isFolded ? 0 : end - start + 1);
    segments.push({ step, start, end, folded: isFolded, firstRow: nextRow, rows });
    nextRow += rows;
    nextLine = end + 1;
  };
  steps.forEach((step, index) => {
    const start = Math.max(step.start, nextLine);
    const end = Math.min(step.end, totalLines);
    if (end < start) return;
    if (start > nextLine) push(null, nextLine, start - 1, false);
    push(index, start, end, folded.has(index));
  });
  if (nextLine <= totalLines) push(null, nextLine, totalLines, false);
  return segments;
}

/** Rows of the whole log: a header per step, its lines unless it is folded. */
export function allRows(totalLines: number, steps: readonly LogStep[], folded: ReadonlySet<number>): Rows {
  const segments = segmentsOf(totalLines, steps, folded);
  const last = segments.at(-1);
  return {
    count: last ? last.firstRow + last.rows : 0,
    at(index) {
      const segment = segments[lastNotAbove(segments, index, (item) => item.firstRow)];
      if (!segment) throw new RangeError(`row ${index} is not in the log`);
      const offset = index - segment.firstRow;
      if (segment.step === null) return { kind: 'line', n: segment.start + offset };
      if (offset > 0) return { kind: 'line', n: segment.start + offset - 1 };
      return {
        kind: 'step',
        index: segment.step,
        step: steps[segment.step] as LogStep,
        folded: segment.folded,
      };
    },
    indexOf(n) {
      const segment = segments[lastNotAbove(segments, n, (item) => item.start)];
      if (!segment || n < segment.start || n > segment.end) return -1;
      if (segment.folded) return segment.firstRow;
      return segment.firstRow + (segment.step === null ? 0 : 1) + (n - segment.start);
    },
  };
}

/** Rows of a selection of lines (ascending): the lines, and a gap wherever some are left out. */
export function selectedRows(totalLines: number, numbers: readonly number[], complete: boolean): Rows {
  const rows: Row[] = [];
  let next = 1;
  for (const n of numbers) {
    if (n > next) rows.push({ kind: 'gap', start: next, end: n - 1 });
    rows.push({ kind: 'line', n });
    next = n + 1;
  }
  if (complete && next <= totalLines) rows.push({ kind: 'gap', start: next, end: totalLines });
  return {
    count: rows.length,
    at(index) {
      const row = rows[index];
      if (!row) throw new RangeError(`row ${index} is not in the log`);
      return row;
    },
    indexOf(n) {
      const index = lastNotAbove(rows, n, (row) =>
        row.kind === 'line' ? row.n : row.kind === 'gap' ? row.start : 0,
      );
      const row = rows[index];
      const end = row?.kind === 'line' ? row.n : row?.kind === 'gap' ? row.end : 0;
      return n <= end ? index : -1;
    },
  };
}

/** Steps to show folded at first: all but those that failed or hold lines that matter. */
export function initialFolds(
  steps: readonly LogStep[],
  blocks: readonly Block[],
  wanted: number | null,
): Set<number> {
  const open = (step: LogStep) =>
    step.failed ||
    blocks.some((block) => block.kind !== 'context' && block.start <= step.end && block.end >= step.start) ||
    (wanted !== null && step.start <= wanted && wanted <= step.end);
  const folds = new Set(steps.flatMap((step, index) => (open(step) ? [] : [index])));
  // Nothing is known to have failed: show the end, where things usually are.
  if (folds.size === steps.length) folds.delete(steps.length - 1);
  return folds;
}

/** The step that holds line `n`, or -1. */
export function stepOf(steps: readonly LogStep[], n: number): number {
  const index = lastNotAbove(steps, n, (step) => step.start);
  return index >= 0 && n <= (steps[index] as LogStep).end ? index : -1;
}
