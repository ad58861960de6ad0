// GET /api/v1/occurrences/{id}/log: in pages of lines, only what is new, or whole as text. A log never changes.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client, send, type Schemas } from '@/lib/api/client';
import { keys } from '@/lib/query';

export type LogPage = Schemas['LogPage'];

export const pageLines = 2000;
const forever = { staleTime: Infinity } as const;

async function fetchPage(
  id: string,
  query: { from: number; limit: number; only?: 'new' },
  signal: AbortSignal,
) {
  const path = '/api/v1/occurrences/{id}/log';
  // The answer is text only for format=text, which this does not ask for.
  return (await send(client.GET(path, { params: { path: { id }, query }, signal }))) as LogPage;
}

/** Page `page` (from 0) holds lines page·2000+1 … (page+1)·2000. */
export function logPageQuery(id: string, page: number) {
  return queryOptions({
    queryKey: [...keys.logs, id, 'page', page],
    queryFn: ({ signal }) => fetchPage(id, { from: page * pageLines + 1, limit: pageLines }, signal),
    ...forever,
  });
}

/** The lines that the last passing run does not have, in order, page by page. */
export function newLinesQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: [...keys.logs, id, 'new'],
    queryFn: ({ pageParam, signal }) => fetchPage(id, { from: pageParam, limit: 5000, only: 'new' }, signal),
    initialPageParam: 1,
    getNextPageParam: (page) => page.next_from ?? undefined,
    ...forever,
  });
}

/** All lines, for search. */
export function wholeLogQuery(id: string) {
  return queryOptions({
    queryKey: [...keys.logs, id, 'whole'],
    queryFn: async ({ signal }) => {
      const text = await send(
        client.GET('/api/v1/occurrences/{id}/log', {
          params: { path: { id }, query: { format: 'text' } },
          parseAs: 'text',
          signal,
        }),
      );
      const lines = (text as string).split('\n');
      if (lines.at(-1) === '') lines.pop();
      return lines;
    },
    ...forever,
  });
}

export function downloadHref(id: string): string {
  return `/api/v1/occurrences/${encodeURIComponent(id)}/log?format=text`;
}
