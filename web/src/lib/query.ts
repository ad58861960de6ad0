// Server state: one cache for the whole page, and the names under which things lie in it.
import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './api/client';

/** First elements of query keys. Live changes invalidate by them. */
export const keys = {
  session: ['session'] as const,
  status: ['status'] as const,
  failures: ['failures'] as const,
  occurrences: ['occurrences'] as const,
  logs: ['logs'] as const,
  events: ['events'] as const,
  jobs: ['jobs'] as const,
  apiKeys: ['api-keys'] as const,
};

/** Only what may pass by itself is tried again: no answer, or the server is not well. */
export function worthRetry(attempt: number, error: unknown): boolean {
  return attempt < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500);
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // A browser that believes to be offline may still reach a server on its own machine or network.
      queries: {
        networkMode: 'always',
        staleTime: 15_000,
        gcTime: 10 * 60_000,
        retry: worthRetry,
        refetchOnWindowFocus: true,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
