// GET /api/v1/failures/{id}
import { queryOptions } from '@tanstack/react-query';
import { client, send, type Schemas } from '@/lib/api/client';
import { keys } from '@/lib/query';

export type FailureDetail = Schemas['FailureDetail'];

export function failureQuery(id: string) {
  return queryOptions({
    queryKey: [...keys.failures, 'one', id],
    queryFn: ({ signal }) => send(client.GET('/api/v1/failures/{id}', { params: { path: { id } }, signal })),
  });
}
