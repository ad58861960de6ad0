// Occurrences per day as bars. The sentence behind it says the same in words; the large form has a table.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTheme } from '@mui/material/styles';
import { useState } from 'react';
import { useNow } from '@/lib/clock';
import { lastDays } from '@/lib/format';
import { t } from '@/lib/strings';

export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
  count: number;
}

/** Bars in a box of `width` × `height`; a day with few occurrences still shows 2 units, one with none a line of 1. */
export function bars(counts: readonly number[], width: number, height: number): Bar[] {
  const peak = Math.max(1, ...counts);
  const slot = width / Math.max(1, counts.length);
  return counts.map((count, i) => {
    const tall = count === 0 ? 1 : Math.max(2, (count / peak) * height);
    return { x: i * slot, y: height - tall, width: Math.max(1, slot - 1), height: tall, count };
  });
}

/** The sentence behind the picture. */
export function trendText(counts: readonly number[], days: readonly string[]): string {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const peak = Math.max(0, ...counts);
  return t.failures.trend(total, peak, days[counts.indexOf(peak)] ?? '');
}

export function Sparkline({
  counts,
  width = 120,
  height = 24,
  fluid,
}: {
  counts: readonly number[];
  width?: number;
  height?: number;
  fluid?: boolean;
}) {
  const { palette } = useTheme();
  const text = trendText(counts, lastDays(counts.length, useNow()));
  return (
    <svg
      role="img"
      aria-label={text}
      viewBox={`0 0 ${width} ${height}`}
      width={fluid ? '100%' : width}
      height={height}
      preserveAspectRatio="none"
      style={{ display: 'block' }}
    >
      <title>{text}</title>
      {bars(counts, width, height).map((bar, i) => (
        <rect
          key={i}
          x={bar.x}
          y={bar.y}
          width={bar.width}
          height={bar.height}
          fill={bar.count > 0 ? palette.primary.main : palette.divider}
        />
      ))}
    </svg>
  );
}

export function TrendChart({ counts }: { counts: readonly number[] }) {
  const [table, setTable] = useState(false);
  const days = lastDays(counts.length, useNow());
  return (
    <Box>
      <Sparkline counts={counts} width={600} height={56} fluid />
      <Box
        aria-hidden
        sx={{
          display: 'flex',
          justifyContent: 'space-between',
          color: 'text.secondary',
          fontSize: '0.74rem',
          mt: 0.5,
        }}
      >
        <span>{days[0]}</span>
        <span>{days.at(-1)}</span>
      </Box>
      <Button onClick={() => setTable(!table)} aria-expanded={table} sx={{ px: 0.5, mt: 0.5 }}>
        {table ? t.failures.hideTable : t.failures.showTable}
      </Button>
      {table && (
        <Box component="table" sx={{ fontSize: '0.8rem', borderSpacing: '12px 2px', ml: -1.5 }}>
          <caption style={{ textAlign: 'left', paddingLeft: 12 }}>{t.failures.trendTable}</caption>
          <thead>
            <tr>
              <th scope="col">{t.failures.trendDay}</th>
              <th scope="col">{t.failures.trendCount}</th>
            </tr>
          </thead>
          <tbody>
            {counts.map((count, i) =>
              count > 0 ? (
                <tr key={days[i]}>
                  <td>{days[i]}</td>
                  <td style={{ textAlign: 'right' }}>{count}</td>
                </tr>
              ) : null,
            )}
          </tbody>
        </Box>
      )}
    </Box>
  );
}
