// POST /api/v1/setup, POST and DELETE /api/v1/session
import { client, send, type Schemas } from '@/lib/api/client';

export function setUp(body: Schemas['SetupRequest']) {
  return send(client.POST('/api/v1/setup', { body }));
}

export function signIn(body: Schemas['SignInRequest']) {
  return send(client.POST('/api/v1/session', { body }));
}

export function signOut() {
  return send(client.DELETE('/api/v1/session'));
}
