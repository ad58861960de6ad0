// GET /api/v1/failures/{id}/occurrences
import { infiniteQueryOptions } from '@tanstack/react-query';
import { client, send, type Schemas } from '@/lib/api/client';
import { keys } from '@/lib/query';

export type Occurrence = Schemas['Occurrence'];

export function occurrencesQuery(failureId: string) {
  return infiniteQueryOptions({
    queryKey: [...keys.failures, 'occurrences', failureId],
    queryFn: ({ pageParam, signal }) =>
      send(
        client.GET('/api/v1/failures/{id}/occurrences', {
          params: { path: { id: failureId }, query: { limit: 50, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}
