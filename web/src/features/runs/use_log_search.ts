// Search within a log: the whole text is read once, then found in as one types.
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useState } from 'react';
import { wholeLogQuery } from './api/get_log';
import { lastNotAbove } from './log_rows';
import { findLines } from './log_text';

export function useLogSearch(id: string, go: (line: number) => void) {
  const [query, setQuery] = useState('');
  const [current, setCurrent] = useState<number | null>(null);
  const wanted = useDeferredValue(query.trim());
  const whole = useQuery({ ...wholeLogQuery(id), enabled: wanted !== '' });
  const matches = useMemo(() => (whole.data ? findLines(whole.data, wanted) : []), [whole.data, wanted]);

  const step = (direction: 1 | -1, from: number) => {
    if (matches.length === 0) return;
    const below = lastNotAbove(matches, current ?? from - direction, (n) => n);
    const exact = matches[below] === (current ?? from - direction);
    const next = direction === 1 ? below + 1 : exact ? below - 1 : below;
    const line = matches[(next + matches.length) % matches.length] as number;
    setCurrent(line);
    go(line);
  };

  return {
    query,
    wanted,
    setQuery: (value: string) => {
      setQuery(value);
      setCurrent(null);
    },
    reading: whole.isFetching,
    error: whole.error,
    count: matches.length,
    /** 1-based place of the current match; 0 before the first step. */
    place: current === null ? 0 : matches.indexOf(current) + 1,
    current,
    step,
  };
}
