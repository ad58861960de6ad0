// GET /api/v1/keys
import { infiniteQueryOptions } from '@tanstack/react-query';
import { client, send, type Schemas } from '@/lib/api/client';
import { keys } from '@/lib/query';

export type ApiKey = Schemas['ApiKey'];

export const keysQuery = infiniteQueryOptions({
  queryKey: keys.apiKeys,
  queryFn: ({ pageParam, signal }) =>
    send(client.GET('/api/v1/keys', { params: { query: { limit: 100, cursor: pageParam } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});
