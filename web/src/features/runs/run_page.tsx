// One failed job: its analysis in short, and its whole log.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link as RouterLink, useParams } from 'react-router';
import { Category, DemoTag, RunState } from '@/components/chips';
import { CodeText } from '@/components/code_text';
import { Diagnosis, Suspects } from '@/components/diagnosis';
import { OpenIcon } from '@/components/icons';
import { Page } from '@/components/page';
import { isWeb, Sha } from '@/components/sha';
import { Empty, ErrorPanel, LoadingRows } from '@/components/states';
import { Time } from '@/components/time';
import { formatDuration } from '@/lib/format';
import { t } from '@/lib/strings';
import { occurrenceQuery, type OccurrenceDetail } from './api/get_occurrence';
import { LogView } from './log_view';

const words = t.run;

/** Where and when, in a line. */
function Summary({ run }: { run: OccurrenceDetail }) {
  const compared = run.passing_run_id ? words.comparedWith(run.passing_run_id) : words.notCompared;
  const facts: [string, ReactNode][] = [
    [words.step, run.step],
    [words.branch, run.branch],
    [words.commit, <Sha sha={run.sha} url={run.suspects.find((suspect) => suspect.sha === run.sha)?.url} />],
    [words.started, <Time value={run.started_at} />],
    [words.duration, run.duration_ms === null ? null : formatDuration(run.duration_ms)],
  ];
  return (
    <Box sx={{ mb: 1.5 }}>
      <Stack direction="row" sx={{ gap: 0.75, flexWrap: 'wrap', alignItems: 'center' }}>
        <RunState state={run.state} />
        {run.demo && <DemoTag />}
        <Typography sx={{ fontWeight: 600 }}>
          {run.repository} · {run.workflow} · {run.job}
        </Typography>
      </Stack>
      <Box
        component="dl"
        sx={{
          m: 0,
          mt: 0.5,
          display: 'flex',
          flexWrap: 'wrap',
          columnGap: 2,
          rowGap: 0.25,
          fontSize: '0.84rem',
        }}
      >
        {facts.map(([name, value]) =>
          value === null ? null : (
            <Box key={name} sx={{ display: 'flex', gap: 0.75 }}>
              <Box component="dt" sx={{ color: 'text.secondary', whiteSpace: 'nowrap' }}>
                {name}
              </Box>
              <Box component="dd" sx={{ m: 0 }}>
                {value}
              </Box>
            </Box>
          ),
        )}
      </Box>
      <Typography variant="caption" sx={{ color: 'text.secondary' }}>
        {[
          run.recovered_by && words.recoveredBy(run.recovered_by),
          compared,
          run.analyses > 1 && words.analyses(run.analyses),
        ]
          .filter(Boolean)
          .join(' · ')}
      </Typography>
    </Box>
  );
}

function Log({ run }: { run: OccurrenceDetail }) {
  if (run.log_state === 'stored') {
    return <LogView id={run.id} blocks={run.blocks} />;
  }
  return (
    <Empty title={words.noLog} hint={run.log_reason ?? words.noLogRemedy}>
      {isWeb(run.url) && (
        <Button
          variant="outlined"
          component="a"
          href={run.url}
          target="_blank"
          rel="noreferrer"
          endIcon={<OpenIcon />}
        >
          {words.openAtSource}
        </Button>
      )}
    </Empty>
  );
}

function Heading({ run }: { run: OccurrenceDetail }) {
  return (
    <>
      <Stack component="span" direction="row" sx={{ gap: 1, alignItems: 'center', mb: 0.5 }}>
        <Typography component="span" variant="body2" sx={{ color: 'text.secondary' }}>
          {words.title(run.run_number, run.run_id)}
          {run.attempt > 1 && ` · ${words.attempt(run.attempt)}`}
        </Typography>
        <Category category={run.cause.category} />
      </Stack>
      <CodeText text={run.cause.summary} />
    </>
  );
}

export function RunPage() {
  const { id = '' } = useParams();
  const query = useQuery(occurrenceQuery(id));
  const run = query.data;
  return (
    <Page
      wide
      title={run ? `${words.title(run.run_number, run.run_id)} · ${run.job}` : t.log.label}
      heading={run && <Heading run={run} />}
      back={
        run
          ? { to: `/failures/${run.failure_id}`, label: words.pattern }
          : { to: '/failures', label: t.failures.back }
      }
      actions={
        run &&
        isWeb(run.url) && (
          <Link href={run.url} target="_blank" rel="noreferrer" variant="body2">
            {words.openAtSource}
          </Link>
        )
      }
    >
      {query.error && <ErrorPanel error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <LoadingRows rows={4} height={120} label={t.app.loading} />}
      {run && (
        <>
          <Summary run={run} />
          <Box
            sx={{
              display: 'grid',
              gap: 1.5,
              mb: 1.5,
              gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 3fr) minmax(0, 2fr)' },
            }}
          >
            <Diagnosis cause={run.cause} fix={run.fix} />
            <Suspects suspects={run.suspects.slice(0, 2)} />
          </Box>
          <Log run={run} />
        </>
      )}
      {run && (
        <Button component={RouterLink} to={`/failures/${run.failure_id}`} sx={{ mt: 1.5 }}>
          {words.pattern}
        </Button>
      )}
    </Page>
  );
}
