// One job of the queue.
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import { useQuery } from '@tanstack/react-query';
import { Link as RouterLink, useParams } from 'react-router';
import { DemoTag, WorkState } from '@/components/chips';
import { Facts, Page, Section } from '@/components/page';
import { RequeueButton } from '@/components/requeue_button';
import { ErrorPanel, LoadingRows } from '@/components/states';
import { Time } from '@/components/time';
import { t } from '@/lib/strings';
import { jobQuery } from './api/get_job';
import { requeueJob } from './api/requeue_job';

const words = t.jobs;

export function JobPage() {
  const { id = '' } = useParams();
  const query = useQuery(jobQuery(id));
  const job = query.data;
  const name = job && (words.kinds[job.kind] ?? job.kind);
  return (
    <Page
      title={name ?? words.title}
      back={{ to: '/jobs', label: words.back }}
      actions={
        job && (
          <>
            {job.state === 'dead' && (
              <RequeueButton ids={[job.id]} requeue={requeueJob} label={t.events.requeue} />
            )}
            {job.event_id && (
              <Button variant="outlined" component={RouterLink} to={`/events/${job.event_id}`}>
                {words.event}
              </Button>
            )}
          </>
        )
      }
    >
      {query.error && <ErrorPanel error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <LoadingRows rows={1} height={160} label={t.app.loading} />}
      {job && (
        <Section
          title={job.kind}
          aside={
            <Stack direction="row" sx={{ gap: 0.5 }}>
              <WorkState state={job.state} />
              {job.demo && <DemoTag />}
            </Stack>
          }
        >
          <Facts
            items={[
              [words.facts.key, job.key],
              [words.facts.attempts, words.attempts(job.attempts, job.max_attempts)],
              [words.facts.created, <Time value={job.created_at} exact />],
              [words.facts.due, job.state === 'queued' ? <Time value={job.run_at} exact /> : null],
              [words.facts.lease, job.lease_until && <Time value={job.lease_until} exact />],
              [words.facts.done, job.done_at && <Time value={job.done_at} exact />],
              [words.facts.error, job.last_error],
            ]}
          />
        </Section>
      )}
    </Page>
  );
}
