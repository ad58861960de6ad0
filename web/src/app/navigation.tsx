// The parts of the page. The side bar, the palette and the keys all read this list.
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { styled } from '@mui/material/styles';
import visuallyHidden from '@mui/utils/visuallyHidden';
import type { ComponentType } from 'react';
import { NavLink } from 'react-router';
import { EventsIcon, FailuresIcon, JobsIcon, KeyIcon, StartIcon } from '@/components/icons';
import { Tag, type Tone } from '@/components/tag';
import { useStatus, type Status } from '@/lib/api/status';
import { formatCount } from '@/lib/format';
import { useSession } from '@/lib/session';
import { t } from '@/lib/strings';

export interface Part {
  path: string;
  name: string;
  key: string;
  icon: ComponentType;
  adminOnly?: boolean;
  badge?: (status: Status) => { count: number; label: string; tone: Tone };
}

export const parts: Part[] = [
  {
    path: '/failures',
    name: t.nav.failures,
    key: 'g f',
    icon: FailuresIcon,
    badge: ({ counts }) => ({
      count: counts.failures_open,
      label: t.nav.openCount(counts.failures_open),
      tone: 'calm',
    }),
  },
  {
    path: '/events',
    name: t.nav.events,
    key: 'g e',
    icon: EventsIcon,
    badge: ({ counts }) => ({
      count: counts.events_dead,
      label: t.nav.deadCount(counts.events_dead),
      tone: 'bad',
    }),
  },
  {
    path: '/jobs',
    name: t.nav.jobs,
    key: 'g j',
    icon: JobsIcon,
    badge: ({ queue }) => ({ count: queue.dead, label: t.nav.deadCount(queue.dead), tone: 'bad' }),
  },
  {
    path: '/start',
    name: t.nav.start,
    key: 'g s',
    icon: StartIcon,
    badge: ({ checklist }) => {
      const left = checklist.filter((item) => item.state !== 'ok').length;
      return { count: left, label: t.nav.stepsLeft(left), tone: 'warn' };
    },
  },
  { path: '/keys', name: t.nav.keys, key: 'g k', icon: KeyIcon, adminOnly: true },
];

/** The parts that the person who is signed in may see. */
export function useParts(): Part[] {
  const admin = useSession().data?.user?.role === 'admin';
  return parts.filter((part) => admin || !part.adminOnly);
}

const Item = styled(NavLink)(({ theme }) => ({
  display: 'flex',
  alignItems: 'center',
  gap: 10,
  padding: '7px 10px',
  margin: '1px 8px',
  borderRadius: theme.shape.borderRadius,
  color: theme.palette.text.secondary,
  textDecoration: 'none',
  fontSize: '0.88rem',
  fontWeight: 550,
  '&:hover': { background: theme.palette.action.hover, color: theme.palette.text.primary },
  '&.active': {
    background: theme.palette.tones.accent.ground,
    color: theme.palette.primary.main,
    outline: theme.palette.tones.accent.ground === theme.palette.background.default ? '1px solid' : 'none',
  },
  whiteSpace: 'nowrap',
  '& .badge': { marginLeft: 'auto' },
}));

export function Navigation({ onGo }: { onGo?: () => void }) {
  const status = useStatus().data;
  return (
    <Box
      component="nav"
      aria-label={t.app.navigation}
      sx={{ display: 'flex', flexDirection: 'column', height: '100%', py: 1 }}
    >
      {useParts().map((part) => {
        const badge = status && part.badge?.(status);
        return (
          <Item key={part.path} to={part.path} onClick={onGo} title={part.key}>
            <part.icon />
            {part.name}
            {badge && badge.count > 0 && (
              <span className="badge" title={badge.label}>
                <Tag tone={badge.tone} plain={badge.tone === 'calm'}>
                  <span aria-hidden>{formatCount(badge.count)}</span>
                  <span style={visuallyHidden}>{badge.label}</span>
                </Tag>
              </span>
            )}
          </Item>
        );
      })}
      {status && (
        <Typography variant="caption" sx={{ mt: 'auto', px: 2.25, py: 1, color: 'text.secondary' }}>
          {t.nav.version(status.version, status.environment)}
        </Typography>
      )}
    </Box>
  );
}
