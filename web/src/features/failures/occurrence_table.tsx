// When a failure was seen, newest first. Few rows: a plain table that scrolls sideways where it is narrow.
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import { Link as RouterLink } from 'react-router';
import { RunState } from '@/components/chips';
import { Sha } from '@/components/sha';
import { Time } from '@/components/time';
import { formatCount, formatDuration } from '@/lib/format';
import { t } from '@/lib/strings';
import type { Occurrence } from './api/list_occurrences';

const words = t.run;

function Log({ item }: { item: Occurrence }) {
  if (item.log_state === 'stored') return formatCount(item.log_lines);
  return <span title={item.log_reason ?? undefined}>{words.logStates[item.log_state]}</span>;
}

export function OccurrenceTable({ items }: { items: readonly Occurrence[] }) {
  const { columns } = words;
  return (
    <Box sx={{ overflowX: 'auto', mx: -1 }} tabIndex={0} role="region" aria-label={t.failures.occurrences}>
      <Table
        size="small"
        aria-label={t.failures.occurrences}
        sx={{ '& td, & th': { whiteSpace: 'nowrap', px: 1 } }}
      >
        <TableHead>
          <TableRow>
            <TableCell>{columns.run}</TableCell>
            <TableCell>{columns.state}</TableCell>
            <TableCell>{columns.branch}</TableCell>
            <TableCell>{columns.commit}</TableCell>
            <TableCell>{columns.started}</TableCell>
            <TableCell align="right">{columns.duration}</TableCell>
            <TableCell align="right">{columns.log}</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {items.map((item) => (
            <TableRow key={item.id} hover>
              <TableCell>
                <Link component={RouterLink} to={`/occurrences/${item.id}`}>
                  {words.title(item.run_number, item.run_id)}
                </Link>
                {item.attempt > 1 && ` · ${words.attempt(item.attempt)}`}
              </TableCell>
              <TableCell title={item.recovered_by ? words.recoveredBy(item.recovered_by) : undefined}>
                <RunState state={item.state} />
              </TableCell>
              <TableCell>{item.branch}</TableCell>
              <TableCell>
                <Sha sha={item.sha} />
              </TableCell>
              <TableCell>
                <Time value={item.started_at} />
              </TableCell>
              <TableCell align="right">
                {item.duration_ms === null ? '–' : formatDuration(item.duration_ms)}
              </TableCell>
              <TableCell align="right">
                <Log item={item} />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Box>
  );
}
