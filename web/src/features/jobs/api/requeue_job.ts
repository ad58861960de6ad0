// POST /api/v1/jobs/{id}/requeue
import { client, send } from '@/lib/api/client';

export function requeueJob(id: string) {
  return send(client.POST('/api/v1/jobs/{id}/requeue', { params: { path: { id } } }));
}
