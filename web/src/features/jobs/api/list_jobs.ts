// GET /api/v1/jobs
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { client, send, type Schemas } from '@/lib/api/client';
import type { paths } from '@/lib/api/schema';
import { keys } from '@/lib/query';

export type Job = Schemas['Job'];
export type JobFilters = Omit<
  NonNullable<paths['/api/v1/jobs']['get']['parameters']['query']>,
  'limit' | 'cursor'
>;

export function jobsQuery(filters: JobFilters) {
  return infiniteQueryOptions({
    queryKey: [...keys.jobs, 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      send(
        client.GET('/api/v1/jobs', {
          params: { query: { ...filters, limit: 100, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}
