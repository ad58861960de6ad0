// POST /api/v1/keys
import { client, send, type Schemas } from '@/lib/api/client';

export type NewApiKey = Schemas['NewApiKey'];

export function createKey(body: Schemas['ApiKeyRequest']) {
  return send(client.POST('/api/v1/keys', { body }));
}
