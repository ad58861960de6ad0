// Before each test file: a made-up server, a browser with a size, an EventSource that tests can speak through.
import { cleanup, configure } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { setCsrfToken } from '@/lib/api/client';
import { defaults, setPrefs } from '@/lib/prefs';
import { FakeEventSource } from './fake_event_source';
import { server } from './server';

// Whether something is visible is for the end-to-end tests: there are no styles here. The time limit is for a busy machine: what works answers much sooner.
configure({ defaultHidden: true, asyncUtilTimeout: 30_000 });

const sizes = {
  offsetHeight: 600,
  clientHeight: 600,
  offsetWidth: 1000,
  clientWidth: 1000,
  scrollHeight: 10_000_000,
};

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterAll(() => server.close());

beforeEach(() => {
  vi.stubGlobal('EventSource', FakeEventSource);
  if (typeof HTMLElement === 'undefined') return;
  // No layout happens here; virtual lists need sizes to know what is in sight.
  for (const [name, value] of Object.entries(sizes)) {
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => value });
  }
  // Computing a style walks every rule of every style element, and each accessible name asks for many.
  const plain = document.createElement('div').style;
  vi.spyOn(window, 'getComputedStyle').mockImplementation(() => plain);
  vi.spyOn(window, 'scrollTo').mockImplementation(() => undefined);
  setPrefs(defaults);
});

afterEach(() => {
  cleanup();
  server.resetHandlers();
  FakeEventSource.all.length = 0;
  setCsrfToken(null);
  vi.unstubAllGlobals();
});
