// GET /api/v1/jobs/{id}
import { queryOptions } from '@tanstack/react-query';
import { client, send } from '@/lib/api/client';
import { keys } from '@/lib/query';

export function jobQuery(id: string) {
  return queryOptions({
    queryKey: [...keys.jobs, 'one', id],
    queryFn: ({ signal }) => send(client.GET('/api/v1/jobs/{id}', { params: { path: { id } }, signal })),
  });
}
