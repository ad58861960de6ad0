// The lines that the view shows: read in pages as they come into sight.
import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { Schemas } from '@/lib/api/client';
import { logPageQuery, newLinesQuery, pageLines, type LogPage } from './api/get_log';

type LogLine = Schemas['LogLine'];

// Dragging the scroll bar passes over many pages; only where it rests is read.
const restMs = 80;

/** The pages that hold lines, in order. */
export function pagesOf(numbers: readonly number[]): number[] {
  return [...new Set(numbers.map((n) => Math.floor((n - 1) / pageLines)))].sort((a, b) => a - b);
}

function useRested<T>(value: T, same: (a: T, b: T) => boolean): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    if (same(value, rested)) return undefined;
    const timer = setTimeout(() => setRested(value), restMs);
    return () => clearTimeout(timer);
  }, [value, rested, same]);
  return rested;
}

const sameNumbers = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((value, index) => value === b[index]);

export interface LogLines {
  line: (n: number) => LogLine | undefined;
  error: unknown;
  retry: () => void;
}

/** Lines of the whole log, those in sight. */
export function useVisibleLines(id: string, visible: readonly number[]): LogLines {
  const pages = useRested(pagesOf(visible), sameNumbers);
  const results = useQueries({ queries: pages.map((page) => logPageQuery(id, page)) });
  const held = new Map<number, LogPage>();
  pages.forEach((page, index) => {
    const data = results[index]?.data;
    if (data) held.set(page, data);
  });
  const failed = results.find((result) => result.error);
  return {
    line: (n) => {
      const page = Math.floor((n - 1) / pageLines);
      return held.get(page)?.lines[n - 1 - page * pageLines];
    },
    error: failed?.error ?? null,
    retry: () => void failed?.refetch(),
  };
}

/** The new lines, read to the end while `enabled`. */
export function useNewLines(id: string, enabled: boolean) {
  const query = useInfiniteQuery({ ...newLinesQuery(id), enabled });
  const { hasNextPage, isFetchingNextPage, fetchNextPage, data, error, refetch } = query;
  useEffect(() => {
    if (enabled && hasNextPage && !isFetchingNextPage && !error) void fetchNextPage();
  }, [enabled, hasNextPage, isFetchingNextPage, fetchNextPage, error]);
  return useMemo(() => {
    const lines = data?.pages.flatMap((page) => page.lines) ?? [];
    const byNumber = new Map(lines.map((line) => [line.n, line]));
    return {
      numbers: lines.map((line) => line.n),
      complete: data !== undefined && !hasNextPage,
      line: (n: number) => byNumber.get(n),
      error,
      retry: () => void refetch(),
    };
  }, [data, hasNextPage, error, refetch]);
}
