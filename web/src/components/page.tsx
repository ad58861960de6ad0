// The frame of a page's content: a title that names the tab too, actions beside it, facts in rows.
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Paper from '@mui/material/Paper';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { Link as RouterLink } from 'react-router';
import { t } from '@/lib/strings';
import { BackIcon } from './icons';

export function Page({
  title,
  heading,
  back,
  actions,
  children,
  wide,
}: {
  /** Names the browser's tab. */
  title: string;
  /** Shown instead of the title. */
  heading?: ReactNode;
  back?: { to: string; label: string };
  actions?: ReactNode;
  children: ReactNode;
  wide?: boolean;
}) {
  return (
    <Box sx={{ maxWidth: wide ? 'none' : 1280, mx: 'auto', px: { xs: 1.5, sm: 2.5 }, py: 2 }}>
      <title>{t.app.title(title)}</title>
      {back && (
        <Link
          component={RouterLink}
          to={back.to}
          variant="body2"
          underline="hover"
          sx={{ display: 'inline-flex', alignItems: 'center', gap: 0.5, mb: 1 }}
        >
          <BackIcon sx={{ fontSize: '1.1em' }} />
          {back.label}
        </Link>
      )}
      <Stack
        direction="row"
        sx={{ mb: 1.5, gap: 1, flexWrap: 'wrap', alignItems: 'flex-start', justifyContent: 'space-between' }}
      >
        <Typography variant="h1" sx={{ minWidth: 0 }}>
          {heading ?? title}
        </Typography>
        {actions && (
          <Stack direction="row" sx={{ gap: 1, flexWrap: 'wrap', alignItems: 'center' }}>
            {actions}
          </Stack>
        )}
      </Stack>
      {children}
    </Box>
  );
}

export function Section({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Paper component="section" sx={{ p: { xs: 1.5, sm: 2 }, minWidth: 0 }}>
      <Stack direction="row" sx={{ justifyContent: 'space-between', alignItems: 'center', mb: 1, gap: 1 }}>
        <Typography variant="h2">{title}</Typography>
        {aside}
      </Stack>
      {children}
    </Paper>
  );
}

/** Names and values. Nothing is shown for a value of null. */
export function Facts({ items }: { items: [string, ReactNode][] }) {
  return (
    <Box
      component="dl"
      sx={{
        m: 0,
        display: 'grid',
        columnGap: 3,
        rowGap: 1,
        gridTemplateColumns: 'repeat(auto-fill, minmax(130px, 1fr))',
      }}
    >
      {items.map(([name, value]) =>
        value === null ? null : (
          <Box key={name} sx={{ minWidth: 0 }}>
            <Typography component="dt" variant="caption" sx={{ color: 'text.secondary' }}>
              {name}
            </Typography>
            <Typography component="dd" variant="body2" sx={{ m: 0 }}>
              {value}
            </Typography>
          </Box>
        ),
      )}
    </Box>
  );
}
