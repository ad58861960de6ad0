// Where something broke in the page itself, or an address leads nowhere.
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { Link as RouterLink, useRouteError } from 'react-router';
import { Page } from '@/components/page';
import { t } from '@/lib/strings';

/** A chunk that is gone: the server was updated under an open page. */
export function isStale(error: unknown): boolean {
  return (
    error instanceof Error &&
    /dynamically imported module|module script failed|preload CSS/i.test(error.message)
  );
}

export function Fault() {
  const error = useRouteError();
  const stale = isStale(error);
  return (
    <Box sx={{ p: 2, maxWidth: 720, mx: 'auto' }}>
      <Alert
        severity={stale ? 'info' : 'error'}
        variant="outlined"
        action={
          <Button color="inherit" onClick={() => location.reload()}>
            {t.app.reload}
          </Button>
        }
      >
        <Typography component="p" sx={{ fontWeight: 650 }}>
          {stale ? t.app.staleTitle : t.app.crashed}
        </Typography>
        <Typography variant="body2">{stale ? t.app.staleRemedy : t.app.crashedRemedy}</Typography>
        {!stale && (
          <Box component="pre" sx={{ whiteSpace: 'pre-wrap', fontSize: '0.76rem', mb: 0 }}>
            {error instanceof Error ? (error.stack ?? error.message) : String(error)}
          </Box>
        )}
      </Alert>
    </Box>
  );
}

export function NotFound() {
  return (
    <Page title={t.app.notFound}>
      <Typography sx={{ color: 'text.secondary', mb: 2 }}>{t.app.notFoundRemedy}</Typography>
      <Button variant="outlined" component={RouterLink} to="/failures">
        {t.app.toFailures}
      </Button>
    </Page>
  );
}
