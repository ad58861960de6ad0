// One delivery: what it said, what became of it, how to try it again.
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { Link as RouterLink, useParams } from 'react-router';
import { DemoTag, WorkState } from '@/components/chips';
import { CodeText } from '@/components/code_text';
import { CopyButton } from '@/components/copy_button';
import { Facts, Page, Section } from '@/components/page';
import { RequeueButton } from '@/components/requeue_button';
import { Sha } from '@/components/sha';
import { ErrorPanel, LoadingRows } from '@/components/states';
import { Time } from '@/components/time';
import { formatBytes } from '@/lib/format';
import { t } from '@/lib/strings';
import { eventQuery } from './api/get_event';
import { eventJobsQuery } from './api/list_event_jobs';
import type { Event } from './api/list_events';
import { requeueEvent } from './api/requeue_event';

const words = t.events;

function Jobs({ eventId }: { eventId: string }) {
  const jobs = useQuery(eventJobsQuery(eventId));
  if (jobs.error) return <ErrorPanel error={jobs.error} retry={() => void jobs.refetch()} />;
  if (!jobs.data) return <LoadingRows rows={1} height={40} label={t.app.loading} />;
  if (jobs.data.items.length === 0)
    return <Typography sx={{ color: 'text.secondary' }}>{words.noJobs}</Typography>;
  return (
    <Stack component="ul" sx={{ m: 0, p: 0, listStyle: 'none', gap: 1 }}>
      {jobs.data.items.map((job) => (
        <Stack
          component="li"
          key={job.id}
          direction="row"
          sx={{ gap: 1, alignItems: 'center', flexWrap: 'wrap' }}
        >
          <WorkState state={job.state} />
          <Link component={RouterLink} to={`/jobs/${job.id}`}>
            {t.jobs.kinds[job.kind] ?? job.kind}
          </Link>
          <Typography variant="body2" sx={{ color: 'text.secondary' }}>
            {t.jobs.columns.attempts}: {t.jobs.attempts(job.attempts, job.max_attempts)}
          </Typography>
        </Stack>
      ))}
    </Stack>
  );
}

function Content({ event }: { event: Event }) {
  return (
    <Stack sx={{ gap: 1.5 }}>
      {event.state === 'dead' && (
        <Alert
          severity="error"
          variant="outlined"
          action={<RequeueButton ids={[event.id]} requeue={requeueEvent} label={words.requeue} />}
        >
          <Typography component="p" sx={{ fontWeight: 650 }}>
            {words.dead}
          </Typography>
          {event.error && <Typography variant="body2">{event.error}</Typography>}
          <Typography variant="body2">{words.deadRemedy}</Typography>
        </Alert>
      )}
      <Section
        title={[event.kind, event.action].filter(Boolean).join(' · ')}
        aside={
          <Stack direction="row" sx={{ gap: 0.5 }}>
            <WorkState state={event.state} />
            {event.demo && <DemoTag />}
          </Stack>
        }
      >
        <Facts
          items={[
            [words.facts.source, event.source],
            [
              words.facts.delivery,
              <>
                <code>{event.delivery_id}</code>
                <CopyButton text={event.delivery_id} />
              </>,
            ],
            [words.facts.repository, event.repository],
            [words.facts.ref, event.ref],
            [words.facts.commit, event.sha && <Sha sha={event.sha} />],
            [words.facts.actor, event.actor],
            [words.facts.run, event.run_id],
            [words.facts.received, <Time value={event.received_at} exact />],
            [words.facts.done, event.done_at && <Time value={event.done_at} exact />],
            [words.facts.attempts, event.attempts],
            [words.facts.size, formatBytes(event.size_bytes)],
            [words.facts.redelivered, words.redelivered(event.redelivered_count)],
            [words.facts.error, event.state === 'dead' ? null : event.error],
          ]}
        />
        {event.failure_id && (
          <Box sx={{ mt: 2 }}>
            <Button variant="contained" component={RouterLink} to={`/failures/${event.failure_id}`}>
              {words.failure}
            </Button>
          </Box>
        )}
      </Section>
      <Section title={words.jobs}>
        <Jobs eventId={event.id} />
      </Section>
    </Stack>
  );
}

export function EventPage() {
  const { id = '' } = useParams();
  const event = useQuery(eventQuery(id));
  return (
    <Page
      title={event.data?.summary ?? words.title}
      heading={event.data && <CodeText text={event.data.summary} />}
      back={{ to: '/events', label: words.back }}
    >
      {event.error && <ErrorPanel error={event.error} retry={() => void event.refetch()} />}
      {event.isPending && <LoadingRows rows={2} height={160} label={t.app.loading} />}
      {event.data && <Content event={event.data} />}
    </Page>
  );
}
