// Trying dead things again: one or many; those that worked are counted even when another failed.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { keys } from './query';

export interface RequeueResult {
  done: number;
  /** The first failure, if any. */
  error: unknown;
}

export async function requeueAll(
  ids: readonly string[],
  requeue: (id: string) => Promise<unknown>,
): Promise<RequeueResult> {
  let done = 0;
  let error: unknown = null;
  for (const id of ids) {
    try {
      await requeue(id);
      done += 1;
    } catch (failure) {
      error ??= failure;
    }
  }
  return { done, error };
}

export function useRequeue(
  requeue: (id: string) => Promise<unknown>,
  after: (result: RequeueResult) => void,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ids: readonly string[]) => requeueAll(ids, requeue),
    onSuccess: after,
    onSettled: () =>
      Promise.all(
        [keys.events, keys.jobs, keys.status].map((queryKey) => queries.invalidateQueries({ queryKey })),
      ),
  });
}
