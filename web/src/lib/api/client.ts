// The one way to the server: typed by the OpenAPI description, cookie-authenticated, errors as ApiError.
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

/** An answer that is not a success, or no answer at all (then status is 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem | null;

  constructor(status: number, problem: Problem | null, options?: ErrorOptions) {
    super(problem?.detail || problem?.title || `HTTP ${status}`, options);
    this.name = 'ApiError';
    this.status = status;
    this.problem = problem;
  }
}

let csrfToken: string | null = null;

/** Called whenever the session is read: later writes carry the token. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

// crypto.randomUUID exists only over https and on localhost; a plain-http page in a private network needs this.
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

const protectWrites: Middleware = {
  onRequest({ request }) {
    if (request.method === 'GET') return undefined;
    if (csrfToken) request.headers.set('X-Firstmate-Csrf', csrfToken);
    if (request.method === 'POST') request.headers.set('Idempotency-Key', randomKey());
    return request;
  },
};

export const client = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? '/' : location.origin,
  credentials: 'same-origin',
  // Looked up per call, so that tests can stand in for it.
  fetch: (request) => globalThis.fetch(request),
});
client.use(protectWrites);

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'title' in value && 'status' in value;
}

/** Unwraps an openapi-fetch answer: the data, or an ApiError. */
export async function send<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let result;
  try {
    result = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, null, { cause });
  }
  if (!result.response.ok) {
    throw new ApiError(result.response.status, isProblem(result.error) ? result.error : null);
  }
  return result.data as T;
}
