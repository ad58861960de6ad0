// Addresses and what stands there. Each feature is its own chunk, read when it is first opened.
import { redirect, type RouteObject } from 'react-router';
import { SetupPage, SignInLinkPage } from '@/features/session/gate_pages';
import { Fault, NotFound } from './fault';
import { Gate } from './gate';

export const routes: RouteObject[] = [
  { path: '/setup', element: <SetupPage />, errorElement: <Fault /> },
  { path: '/sign-in', element: <SignInLinkPage />, errorElement: <Fault /> },
  {
    element: <Gate />,
    errorElement: <Fault />,
    hydrateFallbackElement: <></>,
    children: [
      {
        // A fault in a page leaves the frame standing.
        errorElement: <Fault />,
        children: [
          { index: true, loader: () => redirect('/failures') },
          {
            path: 'failures',
            lazy: async () => ({
              Component: (await import('@/features/failures/failures_page')).FailuresPage,
            }),
          },
          {
            path: 'failures/:id',
            lazy: async () => ({ Component: (await import('@/features/failures/failure_page')).FailurePage }),
          },
          {
            path: 'occurrences/:id',
            lazy: async () => ({ Component: (await import('@/features/runs/run_page')).RunPage }),
          },
          {
            path: 'events',
            lazy: async () => ({ Component: (await import('@/features/events/events_page')).EventsPage }),
          },
          {
            path: 'events/:id',
            lazy: async () => ({ Component: (await import('@/features/events/event_page')).EventPage }),
          },
          {
            path: 'jobs',
            lazy: async () => ({ Component: (await import('@/features/jobs/jobs_page')).JobsPage }),
          },
          {
            path: 'jobs/:id',
            lazy: async () => ({ Component: (await import('@/features/jobs/job_page')).JobPage }),
          },
          {
            path: 'start',
            lazy: async () => ({ Component: (await import('@/features/start/start_page')).StartPage }),
          },
          {
            path: 'keys',
            lazy: async () => ({ Component: (await import('@/features/keys/keys_page')).KeysPage }),
          },
          { path: '*', element: <NotFound /> },
        ],
      },
    ],
  },
];
