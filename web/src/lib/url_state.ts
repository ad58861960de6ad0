// Filters that live in the URL: a link shows what its sender saw.
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

/** The named parameters that are there and, where values are listed, valid. */
export function readFilters<K extends string>(
  params: URLSearchParams,
  names: readonly K[],
  values: Partial<Record<K, readonly string[]>> = {},
): Partial<Record<K, string>> {
  const filters: Partial<Record<K, string>> = {};
  for (const name of names) {
    const value = params.get(name)?.trim();
    if (!value) continue;
    const known = values[name];
    if (!known || known.includes(value)) filters[name] = value;
  }
  return filters;
}

/** The parameters with one changed; empty removes it, the others stay. */
export function withFilter(params: URLSearchParams, name: string, value: string | null): URLSearchParams {
  const next = new URLSearchParams(params);
  if (value?.trim()) next.set(name, value.trim());
  else next.delete(name);
  return next;
}

export function useFilters<K extends string>(
  names: readonly K[],
  values?: Partial<Record<K, readonly string[]>>,
) {
  const [params, setParams] = useSearchParams();
  const filters = useMemo(() => readFilters(params, names, values), [params, names, values]);
  const setFilter = useCallback(
    (name: K, value: string | null) => setParams((now) => withFilter(now, name, value), { replace: true }),
    [setParams],
  );
  const clear = useCallback(
    () =>
      setParams((now) => names.reduce((left, name) => withFilter(left, name, null), now), { replace: true }),
    [setParams, names],
  );
  return { filters, setFilter, clear, active: Object.keys(filters).length > 0 };
}
