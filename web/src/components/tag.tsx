// A small labelled mark. Its words carry the meaning; the colour only helps.
import Box from '@mui/material/Box';
import type { ReactNode } from 'react';

export type Tone = 'bad' | 'warn' | 'good' | 'calm' | 'accent';

const shapes: Record<Tone, string> = { bad: '▲', warn: '◆', good: '✓', calm: '·', accent: '●' };

export function Tag({ tone, children, plain }: { tone: Tone; children: ReactNode; plain?: boolean }) {
  return (
    <Box
      component="span"
      sx={(theme) => ({
        display: 'inline-flex',
        alignItems: 'center',
        gap: 0.6,
        px: 0.75,
        py: '1px',
        borderRadius: 1,
        border: '1px solid',
        borderColor: theme.palette.tones[tone].edge,
        bgcolor: theme.palette.tones[tone].ground,
        color: theme.palette.tones[tone].text,
        fontSize: '0.73rem',
        fontWeight: 550,
        lineHeight: 1.5,
        whiteSpace: 'nowrap',
      })}
    >
      {!plain && (
        <Box component="span" aria-hidden sx={{ fontSize: '0.8em', lineHeight: 1 }}>
          {shapes[tone]}
        </Box>
      )}
      {children}
    </Box>
  );
}
