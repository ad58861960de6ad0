// Says whether the page is up to date. Words and shape, not colour alone; changes are read out.
import Box from '@mui/material/Box';
import Tooltip from '@mui/material/Tooltip';
import type { LiveState } from '@/lib/live';
import { t } from '@/lib/strings';

const looks = {
  live: { tone: 'good', shape: '●', hint: t.live.liveHint },
  connecting: { tone: 'calm', shape: '○', hint: t.live.connectingHint },
  reconnecting: { tone: 'warn', shape: '◐', hint: t.live.reconnectingHint },
  offline: { tone: 'bad', shape: '✕', hint: t.live.offlineHint },
} as const;

export function LiveBadge({ phase }: { phase: LiveState['phase'] }) {
  const look = looks[phase];
  return (
    <Tooltip title={look.hint}>
      <Box
        role="status"
        tabIndex={0}
        data-phase={phase}
        sx={(theme) => ({
          display: 'flex',
          alignItems: 'center',
          gap: 0.75,
          px: 1,
          fontSize: '0.78rem',
          color: theme.palette.tones[look.tone].text,
          whiteSpace: 'nowrap',
          borderRadius: 1,
        })}
      >
        <span aria-hidden>{look.shape}</span>
        <Box component="span" sx={phase === 'live' ? { display: { xs: 'none', sm: 'inline' } } : undefined}>
          {t.live[phase]}
        </Box>
      </Box>
    </Tooltip>
  );
}
