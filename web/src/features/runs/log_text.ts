// Lines as people read them, places to jump to, permalinks, search. Pure.
import type { Block } from './log_rows';

export interface Peeled {
  /** The time stamp that the CI system put before the line, or ''. */
  stamp: string;
  text: string;
  /** A `##[…]` or `::…::` marker that was taken off. */
  marker: 'group' | 'endgroup' | 'error' | 'warning' | 'command' | 'notice' | 'debug' | null;
}

const stampPattern = /^\uFEFF?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) ?/;
const markerPattern = /^(?:##\[|::)(group|endgroup|error|warning|command|notice|debug)(?:\]|(?: [^:]*)?::)/;

/** Takes time stamp and marker off a line. */
export function peelLine(line: string): Peeled {
  const stamp = stampPattern.exec(line);
  const rest = stamp ? line.slice(stamp[0].length) : line;
  const marker = markerPattern.exec(rest);
  return {
    stamp: stamp?.[1] ?? '',
    text: marker ? rest.slice(marker[0].length) : rest,
    marker: (marker?.[1] as Peeled['marker']) ?? null,
  };
}

export interface LineRange {
  start: number;
  end: number;
}

/** "#L120" or "#L120-L130", also "120" and "120-130" from `?line=`. */
export function parseLines(text: string | null): LineRange | null {
  const match = /^#?L?(\d{1,9})(?:-L?(\d{1,9}))?$/.exec(text ?? '');
  if (!match) return null;
  const a = Number(match[1]);
  const b = Number(match[2] ?? match[1]);
  return a >= 1 && b >= 1 ? { start: Math.min(a, b), end: Math.max(a, b) } : null;
}

export function formatLines({ start, end }: LineRange): string {
  return start === end ? `#L${start}` : `#L${start}-L${end}`;
}

/** The range after a click on line `n`; with shift it reaches from the selected line to `n`. */
export function selectLines(selected: LineRange | null, n: number, extend: boolean): LineRange {
  if (!extend || !selected) return { start: n, end: n };
  return n < selected.start ? { start: n, end: selected.end } : { start: selected.start, end: n };
}

/** Blocks worth a jump: context only surrounds them. */
export function jumpTargets(blocks: readonly Block[]): Block[] {
  return blocks.filter((block) => block.kind !== 'context').sort((a, b) => a.start - b.start);
}

/** The target after (1) or before (-1) line `from`; around the end it goes on at the other. -1: there is none. */
export function nextTarget(starts: readonly number[], from: number, direction: 1 | -1): number {
  if (starts.length === 0) return -1;
  if (direction === 1) {
    const next = starts.findIndex((start) => start > from);
    return next < 0 ? 0 : next;
  }
  const previous = starts.findLastIndex((start) => start < from);
  return previous < 0 ? starts.length - 1 : previous;
}

/** 1-based numbers of the lines that contain `query`, case ignored. */
export function findLines(lines: readonly string[], query: string): number[] {
  const wanted = query.toLowerCase();
  if (!wanted) return [];
  const found: number[] = [];
  lines.forEach((line, index) => {
    if (line.toLowerCase().includes(wanted)) found.push(index + 1);
  });
  return found;
}

/** `text` cut at the places where `query` stands, case ignored. */
export function splitMatches(text: string, query: string): { text: string; hit: boolean }[] {
  const wanted = query.toLowerCase();
  const lower = text.toLowerCase();
  // Some letters change length in lower case; then places in one string are not places in the other.
  if (!wanted || lower.length !== text.length) return [{ text, hit: false }];
  const pieces: { text: string; hit: boolean }[] = [];
  let rest = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, rest)) {
    if (at > rest) pieces.push({ text: text.slice(rest, at), hit: false });
    pieces.push({ text: text.slice(at, at + wanted.length), hit: true });
    rest = at + wanted.length;
  }
  if (rest < text.length) pieces.push({ text: text.slice(rest), hit: false });
  return pieces;
}
