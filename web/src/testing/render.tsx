// Renders the whole app at an address, over a made-up server.
import { ThemeProvider } from '@mui/material/styles';
import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import { PointerEventsCheckLevel, userEvent } from '@testing-library/user-event';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { routes } from '@/app/routes';
import { ToastProvider } from '@/components/toast';
import { createQueryClient } from '@/lib/query';
import { themeFor } from '@/lib/theme';
import { MockApi } from './mock_api';
import { makeWorld } from './mock_data';
import { answerWith } from './server';

export const admin = { id: '01U00000001', name: 'Ada', role: 'admin' } as const;

export function signedIn(world = makeWorld({ failures: 10, events: 12 })): MockApi {
  return new MockApi(world, { ...admin });
}

export function renderApp(path: string, api: MockApi = signedIn()) {
  answerWith(api);
  const queries = createQueryClient();
  queries.setDefaultOptions({ queries: { networkMode: 'always', retry: false } });
  const router = createMemoryRouter(routes, { initialEntries: [path] });
  const view = render(
    <QueryClientProvider client={queries}>
      <ThemeProvider theme={themeFor('light')}>
        <ToastProvider>
          <RouterProvider router={router} />
        </ToastProvider>
      </ThemeProvider>
    </QueryClientProvider>,
  );
  const address = () =>
    router.state.location.pathname + router.state.location.search + router.state.location.hash;
  return {
    ...view,
    api,
    queries,
    router,
    address,
    user: userEvent.setup({ pointerEventsCheck: PointerEventsCheckLevel.Never, delay: null }),
  };
}
