// GET /api/v1/failures
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { client, send, type Schemas } from '@/lib/api/client';
import type { paths } from '@/lib/api/schema';
import { keys } from '@/lib/query';

export type Failure = Schemas['Failure'];
export type FailureFilters = Omit<
  NonNullable<paths['/api/v1/failures']['get']['parameters']['query']>,
  'limit' | 'cursor'
>;

export function failuresQuery(filters: FailureFilters) {
  return infiniteQueryOptions({
    queryKey: [...keys.failures, 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      send(
        client.GET('/api/v1/failures', {
          params: { query: { ...filters, limit: 100, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}
