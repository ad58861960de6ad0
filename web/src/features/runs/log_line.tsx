// Rows of the log view: a line, the header of a step, a gap.
import Box from '@mui/material/Box';
import { styled } from '@mui/material/styles';
import { memo, type MouseEvent } from 'react';
import type { Schemas } from '@/lib/api/client';
import { formatCount } from '@/lib/format';
import { t } from '@/lib/strings';
import { mono } from '@/lib/theme';
import { DownIcon, RightIcon } from '@/components/icons';
import type { LogStep } from './log_rows';
import { peelLine, splitMatches } from './log_text';

const words = t.log;
// A line longer than this would hold up the browser; who needs the rest downloads it.
const longest = 4000;

type Mark = NonNullable<Schemas['LogLine']['mark']>;

/** The ground on which lines lie. Their styles are here, once: a style computed per line would cost more than the line. */
export const LogGround = styled('div')(({ theme }) => ({
  flex: 1,
  minWidth: 0,
  overflow: 'auto',
  overscrollBehavior: 'contain',
  fontFamily: mono,
  fontSize: '0.78rem',
  '&:focus-visible': { outlineOffset: -2 },
  '& .line': { display: 'flex', minHeight: 20, lineHeight: '20px', borderLeft: '3px solid transparent' },
  '& .line.error, & .line.traceback': {
    borderLeftColor: theme.palette.tones.bad.text,
    background: theme.palette.tones.bad.ground,
  },
  '& .line.summary': {
    borderLeftColor: theme.palette.tones.warn.text,
    background: theme.palette.tones.warn.ground,
  },
  '& .line.context': { borderLeftColor: theme.palette.divider },
  '& .line[data-selected="true"]': {
    outline: `1px solid ${theme.palette.tones.accent.text}`,
    outlineOffset: -1,
    background: theme.palette.tones.accent.ground,
  },
  '& .number': {
    flex: 'none',
    width: '7ch',
    paddingRight: '1ch',
    textAlign: 'right',
    textDecoration: 'none',
    color: theme.palette.text.secondary,
    userSelect: 'none',
  },
  '& .number:hover': { color: theme.palette.primary.main, textDecoration: 'underline' },
  '& .sign': { flex: 'none', width: '2ch', userSelect: 'none', fontWeight: 700 },
  '& .error .kind, & .traceback .kind': { color: theme.palette.tones.bad.text },
  '& .summary .kind': { color: theme.palette.tones.warn.text },
  '& .new': { color: theme.palette.tones.good.text },
  '& .stamp': { flex: 'none', color: theme.palette.text.secondary, paddingRight: '1ch', userSelect: 'none' },
  '& .text': { whiteSpace: 'pre', paddingRight: 16 },
  '&[data-wrap="true"] .text': { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', minWidth: 0 },
  '& .dim': { color: theme.palette.text.secondary },
  '& mark': { background: '#ffd54d', color: '#000' },
  '& mark.now': { background: '#ff8f1f', outline: '2px solid #ff8f1f' },
}));

interface LineProps {
  n: number;
  line: Schemas['LogLine'] | undefined;
  selected: boolean;
  query: string;
  current: boolean;
  stamps: boolean;
  onPick: (n: number, extend: boolean) => void;
}

function Text({ text, query, current }: { text: string; query: string; current: boolean }) {
  const shown = text.length > longest ? text.slice(0, longest) : text;
  return (
    <>
      {splitMatches(shown, query).map((piece, index) =>
        piece.hit ? (
          <mark key={index} className={current ? 'now' : undefined}>
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
      {shown !== text && <span className="dim">{words.cut(text.length - longest)}</span>}
    </>
  );
}

export const Line = memo(function Line({ n, line, selected, query, current, stamps, onPick }: LineProps) {
  const peeled = line ? peelLine(line.text) : null;
  const mark: Mark | null = line?.mark ?? null;
  const pick = (event: MouseEvent) => {
    event.preventDefault();
    onPick(n, event.shiftKey);
  };
  const quiet = peeled?.marker && peeled.marker !== 'error' && peeled.marker !== 'warning';
  return (
    <div
      className={`line ${mark ?? ''}`}
      data-line={n}
      data-mark={mark ?? undefined}
      data-selected={selected}
    >
      <a className="number" href={`#L${n}`} onClick={pick} aria-label={words.line(n)}>
        {n}
      </a>
      <span className="sign kind" title={mark ? words.kinds[mark] : undefined}>
        {mark ? words.kindLetters[mark] : ''}
      </span>
      <span className="sign new" title={line?.new ? words.newLine : undefined}>
        {line?.new ? '+' : ''}
      </span>
      {peeled ? (
        <>
          {stamps && peeled.stamp && <span className="stamp">{peeled.stamp.slice(11, 23)}</span>}
          <span className={quiet ? 'text dim' : 'text'}>
            <Text text={peeled.text} query={query} current={current} />
          </span>
        </>
      ) : (
        <span className="text dim">{words.loadingLine}</span>
      )}
    </div>
  );
});

const HeadBox = styled('button')(({ theme }) => ({
  font: 'inherit',
  fontSize: '0.8rem',
  fontWeight: 600,
  display: 'flex',
  alignItems: 'center',
  gap: 6,
  width: '100%',
  height: 30,
  padding: '0 10px',
  border: 0,
  borderTop: `1px solid ${theme.palette.divider}`,
  background: theme.palette.background.paper,
  color: theme.palette.text.primary,
  textAlign: 'left',
  cursor: 'pointer',
  '&:hover': { background: theme.palette.action.hover },
  '&:focus-visible': { outlineOffset: -2 },
  '& .name': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  '& .count': { fontWeight: 400, color: theme.palette.text.secondary, whiteSpace: 'nowrap' },
  '& .failed': { color: theme.palette.tones.bad.text, whiteSpace: 'nowrap' },
}));

export function StepHead({
  step,
  folded,
  onToggle,
}: {
  step: LogStep;
  folded: boolean;
  onToggle: () => void;
}) {
  return (
    <HeadBox type="button" aria-expanded={!folded} onClick={onToggle}>
      {folded ? <RightIcon sx={{ fontSize: 16 }} /> : <DownIcon sx={{ fontSize: 16 }} />}
      <span className="name">{step.name}</span>
      {step.failed && (
        <span className="failed">
          <span aria-hidden>▲ </span>
          {words.failedStep}
        </span>
      )}
      <span className="count">{words.stepLines(step.end - step.start + 1)}</span>
    </HeadBox>
  );
}

export function Gap({ start, end }: { start: number; end: number }) {
  return (
    <Box
      title={`${formatCount(start)}–${formatCount(end)}`}
      sx={{
        height: 24,
        lineHeight: '24px',
        pl: '12ch',
        fontSize: '0.76rem',
        color: 'text.secondary',
        borderBlock: '1px dashed',
        borderColor: 'divider',
      }}
    >
      {words.gap(end - start + 1)}
    </Box>
  );
}
