// Lets those in who are signed in. Whoever is not sees the sign-in at the address they asked for.
import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ErrorPanel } from '@/components/states';
import { SignInPage } from '@/features/session/gate_pages';
import { ApiError } from '@/lib/api/client';
import { keys } from '@/lib/query';
import { useSession } from '@/lib/session';
import { t } from '@/lib/strings';
import { Shell } from './shell';

/** A 401 anywhere means that the session ended: ask again who we are. */
function useNoticeSignOut() {
  const queries = useQueryClient();
  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        if (event.type !== 'updated' || event.action.type !== 'error') return;
        const error: unknown = event.action.error;
        if (error instanceof ApiError && error.status === 401)
          void queries.invalidateQueries({ queryKey: keys.session });
      }),
    [queries],
  );
}

export function Gate() {
  const session = useSession();
  useNoticeSignOut();
  if (session.data?.user) return <Shell user={session.data.user} />;
  if (session.data) return <SignInPage />;
  if (session.error) {
    return (
      <Box component="main" sx={{ p: 2, maxWidth: 640, mx: 'auto' }}>
        <ErrorPanel error={session.error} retry={() => void session.refetch()} />
      </Box>
    );
  }
  return <LinearProgress aria-label={t.app.loading} />;
}
