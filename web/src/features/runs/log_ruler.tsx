// A strip beside the log that shows where in it the marks are, and where the view is. A click goes there.
import { styled } from '@mui/material/styles';
import type { MouseEvent } from 'react';
import type { Block } from './log_rows';

const Strip = styled('svg')(({ theme }) => ({
  flex: 'none',
  width: 14,
  height: '100%',
  cursor: 'pointer',
  background: theme.palette.background.paper,
  borderLeft: `1px solid ${theme.palette.divider}`,
  '& .error, & .traceback': { fill: theme.palette.tones.bad.text },
  '& .summary': { fill: theme.palette.tones.warn.text },
  '& .context': { fill: 'none' },
  '& .view': { fill: theme.palette.text.secondary, opacity: 0.25 },
}));

export function LogRuler({
  blocks,
  totalLines,
  view,
  onGo,
}: {
  blocks: readonly Block[];
  totalLines: number;
  view: { start: number; end: number };
  onGo: (line: number) => void;
}) {
  const at = (line: number) => ((line - 1) / Math.max(1, totalLines)) * 1000;
  const click = (event: MouseEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientY - box.top) / Math.max(1, box.height);
    onGo(Math.min(totalLines, Math.max(1, Math.round(share * totalLines))));
  };
  // For pointers only: the mark buttons and the keys n and p do the same.
  return (
    <Strip aria-hidden viewBox="0 0 10 1000" preserveAspectRatio="none" onClick={click}>
      <rect
        className="view"
        x="0"
        width="10"
        y={at(view.start)}
        height={Math.max(6, at(view.end + 1) - at(view.start))}
      />
      {blocks.map((block) => (
        <rect
          key={block.start}
          className={block.kind}
          x="1"
          width="8"
          y={at(block.start)}
          height={Math.max(4, at(block.end + 1) - at(block.start))}
        />
      ))}
    </Strip>
  );
}
