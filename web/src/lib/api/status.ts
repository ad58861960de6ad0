// GET /api/v1/status
import { queryOptions, useQuery } from '@tanstack/react-query';
import { keys } from '../query';
import { client, send, type Schemas } from './client';

export type Status = Schemas['Status'];

export const statusQuery = queryOptions({
  queryKey: keys.status,
  queryFn: ({ signal }) => send(client.GET('/api/v1/status', { signal })),
});

export function useStatus() {
  return useQuery(statusQuery);
}
