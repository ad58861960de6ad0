// GET /api/v1/events/{id}
import { queryOptions } from '@tanstack/react-query';
import { client, send } from '@/lib/api/client';
import { keys } from '@/lib/query';

export function eventQuery(id: string) {
  return queryOptions({
    queryKey: [...keys.events, 'one', id],
    queryFn: ({ signal }) => send(client.GET('/api/v1/events/{id}', { params: { path: { id } }, signal })),
  });
}
