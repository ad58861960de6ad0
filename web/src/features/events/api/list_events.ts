// GET /api/v1/events
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { client, send, type Schemas } from '@/lib/api/client';
import type { paths } from '@/lib/api/schema';
import { keys } from '@/lib/query';

export type Event = Schemas['Event'];
export type EventFilters = Omit<
  NonNullable<paths['/api/v1/events']['get']['parameters']['query']>,
  'limit' | 'cursor'
>;

export function eventsQuery(filters: EventFilters) {
  return infiniteQueryOptions({
    queryKey: [...keys.events, 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      send(
        client.GET('/api/v1/events', {
          params: { query: { ...filters, limit: 100, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}
