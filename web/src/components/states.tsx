// What stands where content is not: loading, empty, error. Each says what to do.
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { ApiError } from '@/lib/api/client';
import { t } from '@/lib/strings';
import { CodeText } from './code_text';
import { CopyButton } from './copy_button';

export interface Told {
  title: string;
  detail: string;
  remedy: string;
  traceId: string;
}

/** An error in words: what happened, what to do. */
export function tell(error: unknown, fallback = t.error.title): Told {
  if (!(error instanceof ApiError)) {
    return {
      title: fallback,
      detail: error instanceof Error ? error.message : String(error),
      remedy: '',
      traceId: '',
    };
  }
  if (error.status === 0) {
    return { title: t.error.unreachable, detail: '', remedy: t.error.unreachableRemedy, traceId: '' };
  }
  const problem = error.problem;
  return {
    title: error.status === 403 ? t.error.forbidden : (problem?.title ?? fallback),
    detail: problem?.detail ?? error.message,
    remedy: problem?.remedy ?? '',
    traceId: problem?.trace_id ?? '',
  };
}

export function ErrorPanel({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) {
  const told = tell(error, title);
  return (
    <Alert
      severity="error"
      variant="outlined"
      action={
        retry && (
          <Button color="inherit" onClick={retry}>
            {t.app.retry}
          </Button>
        )
      }
    >
      <Typography component="p" sx={{ fontWeight: 650 }}>
        {told.title}
      </Typography>
      {told.detail && <Typography variant="body2">{told.detail}</Typography>}
      {told.remedy && (
        <Typography variant="body2" sx={{ mt: 0.5 }}>
          <CodeText text={told.remedy} />
        </Typography>
      )}
      {told.traceId && (
        <Typography variant="caption" component="p" sx={{ mt: 0.5, color: 'text.secondary' }}>
          {t.error.trace(told.traceId)} <CopyButton text={told.traceId} />
        </Typography>
      )}
    </Alert>
  );
}

export function Empty({ title, hint, children }: { title: string; hint?: string; children?: ReactNode }) {
  return (
    <Box sx={{ py: 7, px: 2, textAlign: 'center' }}>
      <Typography variant="h2" component="p">
        {title}
      </Typography>
      {hint && (
        <Typography sx={{ color: 'text.secondary', mt: 0.5, mx: 'auto', maxWidth: 480 }}>{hint}</Typography>
      )}
      {children && (
        <Stack direction="row" spacing={1} sx={{ mt: 2, justifyContent: 'center' }}>
          {children}
        </Stack>
      )}
    </Box>
  );
}

/** Holds the place of rows, at their height, so that nothing jumps. */
export function LoadingRows({
  rows,
  height,
  label = t.list.loading,
}: {
  rows: number;
  height: number;
  label?: string;
}) {
  return (
    <Box role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} variant="rounded" height={height - 10} sx={{ my: '5px' }} />
      ))}
    </Box>
  );
}
