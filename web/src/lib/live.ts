// The live connection: a pure state machine, and the hook that drives it with an EventSource.
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useReducer, useState } from 'react';
import type { Schemas } from './api/client';
import { keys } from './query';

export type Change = Schemas['Change'];

export interface LiveState {
  phase: 'connecting' | 'live' | 'reconnecting' | 'offline';
  /** Failed tries in a row. */
  failures: number;
  /** True once it was live: a later success means that changes were missed in between. */
  wasLive: boolean;
  /** Counts reconnects after which everything must be read again. */
  missed: number;
}

export type LiveEvent = { type: 'opened' } | { type: 'lost' } | { type: 'offline' } | { type: 'online' };

export const initialLive: LiveState = { phase: 'connecting', failures: 0, wasLive: false, missed: 0 };

export function liveReducer(state: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case 'opened':
      return {
        phase: 'live',
        failures: 0,
        wasLive: true,
        missed: state.wasLive && state.phase !== 'live' ? state.missed + 1 : state.missed,
      };
    case 'lost':
      if (state.phase === 'offline') return state;
      return { ...state, phase: 'reconnecting', failures: state.failures + 1 };
    case 'offline':
      return { ...state, phase: 'offline' };
    case 'online':
      return state.phase === 'offline' ? { ...state, phase: 'reconnecting' } : state;
  }
}

/** Wait before the next try: 1 s, 2 s, 4 s … 30 s, of which the second half is random so that pages spread out. */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(30_000, 1000 * 2 ** Math.max(0, failures - 1));
  return full / 2 + (full / 2) * random;
}

/** The change in a message, or null when it is none that we know. */
export function parseChange(data: string): Change | null {
  try {
    const value = JSON.parse(data) as Change;
    return ['events', 'failures', 'jobs', 'status'].includes(value?.resource) ? value : null;
  } catch {
    return null;
  }
}

/** What to read again after changes. Logs never change. */
export function staleAfter(resources: Iterable<Change['resource']>): readonly (readonly string[])[] {
  const stale = new Set<readonly string[]>();
  for (const resource of resources) {
    stale.add(keys[resource]);
    if (resource === 'failures') stale.add(keys.occurrences);
    stale.add(keys.status);
  }
  return [...stale];
}

// Changes come in bursts; reading again once a second is plenty.
const gatherMs = 1000;

function gatherInvalidations(queries: QueryClient) {
  const waiting = new Set<Change['resource']>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    add(resource: Change['resource']) {
      waiting.add(resource);
      timer ??= setTimeout(() => {
        timer = undefined;
        staleAfter(waiting).forEach((queryKey) => void queries.invalidateQueries({ queryKey }));
        waiting.clear();
      }, gatherMs);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}

/** Keeps the cache fresh while mounted. */
export function useLive(): LiveState {
  const queries = useQueryClient();
  const [state, dispatch] = useReducer(liveReducer, initialLive);
  const [round, setRound] = useState(0);

  useEffect(() => {
    const gather = gatherInvalidations(queries);
    const source = new EventSource('/api/v1/live');
    source.onopen = () => dispatch({ type: 'opened' });
    source.onerror = () => {
      dispatch({ type: 'lost' });
      // The browser gives up by itself after an HTTP error; the timer below then opens a new one.
      source.close();
    };
    source.addEventListener('change', (message) => {
      const change = parseChange(String(message.data));
      if (change) gather.add(change.resource);
    });
    return () => {
      source.close();
      gather.stop();
    };
  }, [queries, round]);

  useEffect(() => {
    if (state.phase !== 'reconnecting') return undefined;
    // An expired session looks like a lost connection; asking tells them apart and shows the sign-in.
    void queries.invalidateQueries({ queryKey: keys.session });
    const timer = setTimeout(() => setRound((value) => value + 1), backoffMs(state.failures, Math.random()));
    return () => clearTimeout(timer);
  }, [queries, state.phase, state.failures]);

  useEffect(() => {
    const offline = () => dispatch({ type: 'offline' });
    const online = () => dispatch({ type: 'online' });
    addEventListener('offline', offline);
    addEventListener('online', online);
    return () => {
      removeEventListener('offline', offline);
      removeEventListener('online', online);
    };
  }, []);

  useEffect(() => {
    if (state.missed > 0)
      void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== keys.logs[0] });
  }, [queries, state.missed]);

  return state;
}
