// GET /api/v1/occurrences/{id}
import { queryOptions } from '@tanstack/react-query';
import { client, send, type Schemas } from '@/lib/api/client';
import { keys } from '@/lib/query';

export type OccurrenceDetail = Schemas['OccurrenceDetail'];

export function occurrenceQuery(id: string) {
  return queryOptions({
    queryKey: [...keys.occurrences, id],
    queryFn: ({ signal }) =>
      send(client.GET('/api/v1/occurrences/{id}', { params: { path: { id } }, signal })),
  });
}
