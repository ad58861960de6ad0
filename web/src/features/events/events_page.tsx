// The deliveries, with state and tries. Dead ones can be tried again, several at once.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link as RouterLink } from 'react-router';
import { DemoTag, WorkState } from '@/components/chips';
import { CodeText } from '@/components/code_text';
import { DataList, useSelection, type Column } from '@/components/data_list';
import { ChoiceFilter, FilterBar, SearchField, TextFilter } from '@/components/filters';
import { Page } from '@/components/page';
import { RequeueButton } from '@/components/requeue_button';
import { Empty, ErrorPanel, LoadingRows } from '@/components/states';
import { Time } from '@/components/time';
import { formatBytes } from '@/lib/format';
import { t } from '@/lib/strings';
import { useFilters } from '@/lib/url_state';
import { eventsQuery, type Event, type EventFilters } from './api/list_events';
import { requeueEvent } from './api/requeue_event';

const words = t.events;
const filterNames = ['q', 'state', 'kind', 'repository'] as const;
const filterValues = { state: Object.keys(words.states) };
const href = (event: Event) => `/events/${event.id}`;

function Title({ event }: { event: Event }) {
  return (
    <>
      <Link
        component={RouterLink}
        to={href(event)}
        underline="hover"
        color="text.primary"
        sx={{ fontWeight: 600 }}
      >
        <CodeText text={event.summary} />
      </Link>
      <Typography
        variant="caption"
        component="p"
        noWrap
        sx={{ color: event.error ? 'error.main' : 'text.secondary' }}
      >
        {event.error ?? [event.kind, event.action, event.branch, event.actor].filter(Boolean).join(' · ')}
      </Typography>
    </>
  );
}

function State({ event }: { event: Event }) {
  return (
    <Stack direction="row" sx={{ gap: 0.5 }}>
      <WorkState state={event.state} />
      {event.demo && <DemoTag />}
    </Stack>
  );
}

const columns: Column<Event>[] = [
  { id: 'state', header: words.columns.state, width: 164, cell: (event) => <State event={event} /> },
  { id: 'summary', header: words.columns.summary, cell: (event) => <Title event={event} /> },
  {
    id: 'repository',
    header: words.columns.repository,
    width: 210,
    cell: (event) => (
      <Typography variant="body2" noWrap title={event.repository ?? undefined}>
        {event.repository}
      </Typography>
    ),
  },
  {
    id: 'received',
    header: words.columns.received,
    width: 120,
    cell: (event) => <Time value={event.received_at} />,
  },
  {
    id: 'attempts',
    header: words.columns.attempts,
    width: 64,
    align: 'right',
    cell: (event) => event.attempts,
  },
  {
    id: 'size',
    header: words.columns.size,
    width: 92,
    align: 'right',
    cell: (event) => formatBytes(event.size_bytes),
  },
];

function Card({ event }: { event: Event }) {
  return (
    <>
      <Title event={event} />
      <Stack direction="row" sx={{ mt: 0.75, gap: 1, alignItems: 'center' }}>
        <State event={event} />
        <Box component="span" sx={{ ml: 'auto', fontSize: '0.8rem', color: 'text.secondary' }}>
          <Time value={event.received_at} />
        </Box>
      </Stack>
    </>
  );
}

export function EventsPage() {
  const { filters, setFilter, clear, active } = useFilters(filterNames, filterValues);
  const list = useInfiniteQuery(eventsQuery(filters as EventFilters));
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const selection = useSelection();
  const dead = items
    .filter((item) => selection.ids.has(item.id) && item.state === 'dead')
    .map((item) => item.id);
  const suggest = (pick: (item: Event) => string | null) =>
    [...new Set(items.map(pick).filter((value) => value !== null))].sort();

  return (
    <Page
      title={words.title}
      actions={
        selection.ids.size > 0 && (
          <>
            <Typography variant="body2">{words.selected(selection.ids.size)}</Typography>
            {dead.length > 0 && (
              <RequeueButton
                ids={dead}
                requeue={requeueEvent}
                label={words.requeueSelected(dead.length)}
                onDone={selection.clear}
              />
            )}
            <Button onClick={selection.clear}>{words.clearSelection}</Button>
          </>
        )
      }
    >
      <FilterBar label={words.filters.label}>
        <SearchField
          label={words.filters.q}
          value={filters.q ?? ''}
          onChange={(value) => setFilter('q', value)}
        />
        <ChoiceFilter
          label={words.filters.state}
          any={words.filters.any}
          value={filters.state ?? ''}
          onChange={(value) => setFilter('state', value)}
          options={words.states}
        />
        <TextFilter
          label={words.filters.kind}
          value={filters.kind ?? ''}
          onChange={(value) => setFilter('kind', value)}
          options={suggest((item) => item.kind)}
        />
        <TextFilter
          label={words.filters.repository}
          value={filters.repository ?? ''}
          onChange={(value) => setFilter('repository', value)}
          options={suggest((item) => item.repository)}
        />
        {active && <Button onClick={clear}>{words.filters.clear}</Button>}
      </FilterBar>
      {list.error && <ErrorPanel error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <LoadingRows rows={10} height={54} />}
      {list.isSuccess && items.length === 0 && (
        <Empty title={active ? words.emptyFiltered : words.empty} hint={active ? undefined : words.emptyHint}>
          {active ? (
            <Button variant="outlined" onClick={clear}>
              {words.filters.clear}
            </Button>
          ) : (
            <Button variant="contained" component={RouterLink} to="/start">
              {t.nav.start}
            </Button>
          )}
        </Empty>
      )}
      {items.length > 0 && (
        <DataList
          label={words.title}
          items={items}
          columns={columns}
          card={(event) => <Card event={event} />}
          id={(event) => event.id}
          name={(event) => event.summary}
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
