// POST /api/v1/events/{id}/requeue
import { client, send } from '@/lib/api/client';

export function requeueEvent(id: string) {
  return send(client.POST('/api/v1/events/{id}/requeue', { params: { path: { id } } }));
}
