import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEventSource } from '@/testing/fake_event_source';
import {
  backoffMs,
  initialLive,
  liveReducer,
  parseChange,
  staleAfter,
  useLive,
  type LiveEvent,
} from './live';
import { keys } from './query';

const after = (...types: LiveEvent['type'][]) =>
  types.reduce((state, type) => liveReducer(state, { type }), initialLive);

describe('liveReducer', () => {
  it('goes live', () => expect(after('opened')).toMatchObject({ phase: 'live', failures: 0, missed: 0 }));
  it('counts failures in a row', () =>
    expect(after('opened', 'lost', 'lost')).toMatchObject({ phase: 'reconnecting', failures: 2 }));
  it('knows after a reconnect that changes were missed', () =>
    expect(after('opened', 'lost', 'opened')).toMatchObject({ phase: 'live', failures: 0, missed: 1 }));
  it('has missed nothing when the first try failed', () => expect(after('lost', 'opened').missed).toBe(0));
  it('stays offline until the network is back', () => {
    expect(after('opened', 'offline', 'lost').phase).toBe('offline');
    expect(after('opened', 'offline', 'online').phase).toBe('reconnecting');
  });
  it('takes no notice of "online" while live', () => expect(after('opened', 'online').phase).toBe('live'));
});

describe('backoffMs', () => {
  it('doubles up to 30 s', () =>
    expect([1, 2, 3, 6, 20].map((n) => backoffMs(n, 1))).toEqual([1000, 2000, 4000, 30_000, 30_000]));
  it('never goes below half', () => expect(backoffMs(3, 0)).toBe(2000));
});

describe('parseChange', () => {
  it('reads a change', () =>
    expect(parseChange('{"resource":"jobs","id":null}')).toEqual({ resource: 'jobs', id: null }));
  it.each(['', '{', 'null', '{"resource":"weather"}'])('takes no notice of %j', (data) =>
    expect(parseChange(data)).toBeNull(),
  );
});

it('staleAfter: a failure changes its occurrences and the counts too', () =>
  expect(staleAfter(['failures', 'failures'])).toEqual([keys.failures, keys.occurrences, keys.status]));

describe('useLive', () => {
  const queries = new QueryClient();
  let invalidate = vi.spyOn(queries, 'invalidateQueries');
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  beforeEach(() => {
    vi.useFakeTimers();
    invalidate = vi.spyOn(queries, 'invalidateQueries');
  });
  afterEach(() => vi.useRealTimers());

  it('gathers a burst of changes into one reading', () => {
    renderHook(() => useLive(), { wrapper });
    act(() => FakeEventSource.latest().onopen?.());
    for (let i = 0; i < 50; i += 1)
      FakeEventSource.latest().say('change', { resource: 'jobs', id: String(i) });
    expect(invalidate).not.toHaveBeenCalled();
    act(() => vi.advanceTimersByTime(1000));
    expect(invalidate.mock.calls.map(([filter]) => filter?.queryKey)).toEqual([keys.jobs, keys.status]);
  });

  it('tries again after a loss, asks whether the session still holds, and then reads everything', () => {
    const { result } = renderHook(() => useLive(), { wrapper });
    act(() => FakeEventSource.latest().onopen?.());
    act(() => FakeEventSource.latest().onerror?.());
    expect(result.current.phase).toBe('reconnecting');
    expect(invalidate).toHaveBeenCalledWith({ queryKey: keys.session });
    expect(FakeEventSource.all).toHaveLength(1);
    act(() => vi.advanceTimersByTime(1000));
    expect(FakeEventSource.all).toHaveLength(2);
    expect(FakeEventSource.all[0]?.closed).toBe(true);
    act(() => FakeEventSource.latest().onopen?.());
    expect(result.current.phase).toBe('live');
    expect(invalidate.mock.calls.some(([filter]) => filter?.predicate)).toBe(true);
  });

  it('closes when it is no longer wanted', () => {
    const { unmount } = renderHook(() => useLive(), { wrapper });
    unmount();
    expect(FakeEventSource.latest().closed).toBe(true);
  });
});
