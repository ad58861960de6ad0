// The durable queue: what waits, what runs, what gave up. Dead letters can be tried again, several at once.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link as RouterLink } from 'react-router';
import { DemoTag, WorkState } from '@/components/chips';
import { DataList, useSelection, type Column } from '@/components/data_list';
import { ChoiceFilter, FilterBar, TextFilter } from '@/components/filters';
import { Page } from '@/components/page';
import { RequeueButton } from '@/components/requeue_button';
import { Empty, ErrorPanel, LoadingRows } from '@/components/states';
import { Time } from '@/components/time';
import { useStatus } from '@/lib/api/status';
import { t } from '@/lib/strings';
import { useFilters } from '@/lib/url_state';
import { jobsQuery, type Job, type JobFilters } from './api/list_jobs';
import { requeueJob } from './api/requeue_job';

const words = t.jobs;
const filterNames = ['state', 'kind'] as const;
const filterValues = { state: Object.keys(t.events.states) };
const href = (job: Job) => `/jobs/${job.id}`;
const nameOf = (job: Job) => words.kinds[job.kind] ?? job.kind;

function Title({ job }: { job: Job }) {
  return (
    <>
      <Link
        component={RouterLink}
        to={href(job)}
        underline="hover"
        color="text.primary"
        sx={{ fontWeight: 600 }}
      >
        {nameOf(job)}
      </Link>
      <Typography
        variant="caption"
        component="p"
        noWrap
        sx={{ color: job.last_error ? 'error.main' : 'text.secondary' }}
      >
        {job.last_error ?? job.kind}
      </Typography>
    </>
  );
}

function State({ job }: { job: Job }) {
  return (
    <Stack direction="row" sx={{ gap: 0.5 }}>
      <WorkState state={job.state} />
      {job.demo && <DemoTag />}
    </Stack>
  );
}

const columns: Column<Job>[] = [
  { id: 'state', header: words.columns.state, width: 164, cell: (job) => <State job={job} /> },
  { id: 'kind', header: words.columns.kind, cell: (job) => <Title job={job} /> },
  {
    id: 'key',
    header: words.columns.key,
    width: 210,
    cell: (job) => (
      <Typography variant="body2" noWrap title={job.key}>
        {job.key}
      </Typography>
    ),
  },
  {
    id: 'attempts',
    header: words.columns.attempts,
    width: 80,
    align: 'right',
    cell: (job) => words.attempts(job.attempts, job.max_attempts),
  },
  {
    id: 'next',
    header: words.columns.next,
    width: 130,
    cell: (job) => <Time value={job.done_at ?? job.run_at} />,
  },
  {
    id: 'created',
    header: words.columns.created,
    width: 120,
    cell: (job) => <Time value={job.created_at} />,
  },
];

function Card({ job }: { job: Job }) {
  return (
    <>
      <Title job={job} />
      <Stack
        direction="row"
        sx={{ mt: 0.75, gap: 1, alignItems: 'center', fontSize: '0.8rem', color: 'text.secondary' }}
      >
        <State job={job} />
        <span>{words.attempts(job.attempts, job.max_attempts)}</span>
        <Box component="span" sx={{ ml: 'auto' }}>
          <Time value={job.created_at} />
        </Box>
      </Stack>
    </>
  );
}

export function JobsPage() {
  const { filters, setFilter, clear, active } = useFilters(filterNames, filterValues);
  const list = useInfiniteQuery(jobsQuery(filters as JobFilters));
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const queue = useStatus().data?.queue;
  const selection = useSelection();
  const dead = items
    .filter((item) => selection.ids.has(item.id) && item.state === 'dead')
    .map((item) => item.id);
  const onlyDead = filters.state === 'dead';

  return (
    <Page
      title={words.title}
      actions={
        selection.ids.size > 0 ? (
          <>
            <Typography variant="body2">{t.events.selected(selection.ids.size)}</Typography>
            {dead.length > 0 && (
              <RequeueButton
                ids={dead}
                requeue={requeueJob}
                label={t.events.requeueSelected(dead.length)}
                onDone={selection.clear}
              />
            )}
            <Button onClick={selection.clear}>{t.events.clearSelection}</Button>
          </>
        ) : (
          queue && (
            <Typography variant="body2" sx={{ color: 'text.secondary' }}>
              {words.queue(queue.queued, queue.running, queue.dead)}
            </Typography>
          )
        )
      }
    >
      <FilterBar label={words.filters.label}>
        <ChoiceFilter
          label={words.filters.state}
          any={words.filters.any}
          value={filters.state ?? ''}
          onChange={(value) => setFilter('state', value)}
          options={t.events.states}
        />
        <TextFilter
          label={words.filters.kind}
          value={filters.kind ?? ''}
          onChange={(value) => setFilter('kind', value)}
          options={[...new Set(items.map((item) => item.kind))].sort()}
        />
        <Button
          variant={onlyDead ? 'contained' : 'outlined'}
          aria-pressed={onlyDead}
          onClick={() => setFilter('state', onlyDead ? null : 'dead')}
        >
          {words.deadOnly}
        </Button>
        {active && <Button onClick={clear}>{words.filters.clear}</Button>}
      </FilterBar>
      {list.error && <ErrorPanel error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <LoadingRows rows={10} height={54} />}
      {list.isSuccess && items.length === 0 && (
        <Empty
          title={onlyDead ? words.emptyDead : active ? t.events.emptyFiltered : words.empty}
          hint={onlyDead ? words.emptyDeadHint : active ? undefined : words.emptyHint}
        />
      )}
      {items.length > 0 && (
        <DataList
          label={words.title}
          items={items}
          columns={columns}
          card={(job) => <Card job={job} />}
          id={(job) => job.id}
          name={(job) => `${nameOf(job)} ${job.key}`}
          href={href}
          rowHeight={54}
          cardHeight={96}
          selection={selection}
          more={{
            has: list.hasNextPage,
            loading: list.isFetchingNextPage,
            load: () => void list.fetchNextPage(),
          }}
        />
      )}
    </Page>
  );
}
