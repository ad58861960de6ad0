// GET /api/v1/jobs?event_id=…
import { queryOptions } from '@tanstack/react-query';
import { client, send } from '@/lib/api/client';
import { keys } from '@/lib/query';

export function eventJobsQuery(eventId: string) {
  return queryOptions({
    queryKey: [...keys.jobs, 'of-event', eventId],
    queryFn: ({ signal }) =>
      send(client.GET('/api/v1/jobs', { params: { query: { event_id: eventId, limit: 50 } }, signal })),
  });
}
