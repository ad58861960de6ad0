// DELETE /api/v1/keys/{id}
import { client, send } from '@/lib/api/client';

export function revokeKey(id: string) {
  return send(client.DELETE('/api/v1/keys/{id}', { params: { path: { id } } }));
}
