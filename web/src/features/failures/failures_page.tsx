// The recurring failures: what breaks, where, how often. Filters are in the URL.
import Badge from '@mui/material/Badge';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Fragment, useMemo, useState } from 'react';
import { Link as RouterLink } from 'react-router';
import { Category, DemoTag, FailureState } from '@/components/chips';
import { CodeText } from '@/components/code_text';
import { useCopy } from '@/components/copy_button';
import { DataList, useSelection, type Column } from '@/components/data_list';
import { ChoiceFilter, FilterBar, SearchField, TextFilter } from '@/components/filters';
import { FilterIcon } from '@/components/icons';
import { Page } from '@/components/page';
import { Sparkline } from '@/components/sparkline';
import { Empty, ErrorPanel, LoadingRows } from '@/components/states';
import { Time } from '@/components/time';
import { useStatus } from '@/lib/api/status';
import { useNow } from '@/lib/clock';
import { formatCount, formatShare, shortSha } from '@/lib/format';
import { useNarrow } from '@/lib/media';
import { t } from '@/lib/strings';
import { useFilters } from '@/lib/url_state';
import { failuresQuery, type Failure } from './api/list_failures';
import { asMarkdown } from './as_markdown';
import { filterNames, filterValues, toQuery } from './filters';

const words = t.failures;
const href = (failure: Failure) => `/failures/${failure.id}`;

function Where({ failure }: { failure: Failure }) {
  const place = `${failure.repository} · ${failure.workflow} · ${failure.job}`;
  return (
    <Typography
      variant="caption"
      component="p"
      noWrap
      title={place}
      sx={{ color: 'text.secondary', mt: 0.25 }}
    >
      <Box component="span" sx={{ color: 'text.primary' }}>
        {failure.repository}
      </Box>{' '}
      · {failure.workflow} · {failure.job} {failure.demo && <DemoTag />}
    </Typography>
  );
}

function Commits({ failure }: { failure: Failure }) {
  if (!failure.first_commit || !failure.last_commit) return null;
  const first = shortSha(failure.first_commit.sha);
  const last = shortSha(failure.last_commit.sha);
  return <code>{first === last ? first : words.commits(first, last)}</code>;
}

function Title({ failure }: { failure: Failure }) {
  return (
    <Link
      component={RouterLink}
      to={href(failure)}
      underline="hover"
      color="text.primary"
      sx={{
        fontWeight: 600,
        fontSize: '0.88rem',
        lineHeight: 1.4,
        display: '-webkit-box',
        WebkitLineClamp: 2,
        WebkitBoxOrient: 'vertical',
        overflow: 'hidden',
      }}
    >
      <CodeText text={failure.cause.summary} />
    </Link>
  );
}

function Tags({ failure }: { failure: Failure }) {
  return (
    <Stack direction="row" sx={{ gap: 0.5, flexWrap: 'wrap', alignItems: 'center' }}>
      <FailureState state={failure.state} />
      <Category category={failure.cause.category} />
    </Stack>
  );
}

function Flake({ rate }: { rate: number | null }) {
  if (rate === null) return <span title={words.flakeUnknown}>–</span>;
  return <span title={words.flake(formatShare(rate))}>{formatShare(rate)}</span>;
}

const columns: Column<Failure>[] = [
  {
    id: 'failure',
    header: words.columns.failure,
    cell: (failure) => (
      <>
        <Title failure={failure} />
        <Where failure={failure} />
      </>
    ),
  },
  { id: 'kind', header: words.columns.kind, width: 172, cell: (failure) => <Tags failure={failure} /> },
  {
    id: 'trend',
    header: words.columns.trend,
    width: 144,
    cell: (failure) => <Sparkline counts={failure.sparkline} />,
  },
  {
    id: 'count',
    header: words.columns.count,
    width: 60,
    align: 'right',
    cell: (f) => formatCount(f.occurrence_count),
  },
  {
    id: 'flake',
    header: words.columns.flake,
    width: 66,
    align: 'right',
    cell: (f) => <Flake rate={f.flake_rate} />,
  },
  {
    id: 'seen',
    header: words.columns.seen,
    width: 184,
    cell: (failure) => (
      <>
        <Typography variant="body2" noWrap>
          <Time value={failure.last_seen} /> · <Time value={failure.first_seen} />
        </Typography>
        <Typography variant="caption" component="p" noWrap sx={{ color: 'text.secondary' }}>
          <Commits failure={failure} />
        </Typography>
      </>
    ),
  },
];

function Card({ failure }: { failure: Failure }) {
  return (
    <>
      <Title failure={failure} />
      <Where failure={failure} />
      <Box sx={{ mt: 0.75 }}>
        <Tags failure={failure} />
      </Box>
      <Stack
        direction="row"
        sx={{ mt: 0.75, gap: 1.5, alignItems: 'center', fontSize: '0.8rem', color: 'text.secondary' }}
      >
        <Sparkline counts={failure.sparkline} width={96} height={20} />
        <span>{words.times(failure.occurrence_count)}</span>
        <Box component="span" sx={{ ml: 'auto', whiteSpace: 'nowrap' }}>
          <Time value={failure.last_seen} />
        </Box>
      </Stack>
    </>
  );
}

function distinct(items: readonly Failure[], pick: (item: Failure) => string | null): string[] {
  return [...new Set(items.map(pick).filter((value) => value !== null))].sort();
}

function Filters({
  items,
  state,
}: {
  items: readonly Failure[];
  state: ReturnType<typeof useFilters<(typeof filterNames)[number]>>;
}) {
  const { filters, setFilter, clear, active } = state;
  const narrow = useNarrow();
  const rare = ['workflow', 'job', 'branch'] as const;
  const common = ['state', 'category', 'since', 'repository'] as const;
  const hidden = [...rare, ...(narrow ? common : [])].filter((name) => filters[name]).length;
  const [opened, setOpened] = useState<boolean | null>(null);
  const open = opened ?? (hidden > 0 && !narrow);
  const choice = (name: 'state' | 'category' | 'since', options: Record<string, string>) => (
    <ChoiceFilter
      label={words.filters[name]}
      any={words.filters.any}
      value={filters[name] ?? ''}
      onChange={(value) => setFilter(name, value)}
      options={options}
    />
  );
  const typed = (name: 'repository' | 'workflow' | 'job' | 'branch') => (
    <TextFilter
      label={words.filters[name]}
      value={filters[name] ?? ''}
      onChange={(value) => setFilter(name, value)}
      options={distinct(items, (item) => item[name])}
    />
  );
  return (
    <FilterBar label={words.filters.label}>
      <SearchField
        label={words.filters.q}
        value={filters.q ?? ''}
        onChange={(value) => setFilter('q', value)}
      />
      {(!narrow || open) && (
        <>
          {choice('state', words.states)}
          {choice('category', words.categories)}
          {choice('since', words.sinceChoices)}
          {typed('repository')}
        </>
      )}
      {open && rare.map((name) => <Fragment key={name}>{typed(name)}</Fragment>)}
      <Badge
        badgeContent={open ? 0 : hidden}
        color="primary"
        sx={narrow ? { order: -1, ml: 'auto' } : undefined}
      >
        <Button
          variant="outlined"
          startIcon={<FilterIcon />}
          aria-expanded={open}
          onClick={() => setOpened(!open)}
        >
          {open ? words.filters.fewer : words.filters.more}
        </Button>
      </Badge>
      {active && <Button onClick={clear}>{words.filters.clear}</Button>}
    </FilterBar>
  );
}

function NothingYet({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  const status = useStatus().data;
  const webhookMissing =
    status?.checklist.some((item) => item.id === 'github_webhook' && item.state !== 'ok') ?? false;
  if (filtered) {
    return (
      <Empty title={words.emptyFiltered}>
        <Button variant="outlined" onClick={clear}>
          {words.filters.clear}
        </Button>
      </Empty>
    );
  }
  return (
    <Empty title={words.empty} hint={webhookMissing ? words.emptyStart : words.emptyHint}>
      {webhookMissing && (
        <Button variant="contained" component={RouterLink} to="/start">
          {t.nav.start}
        </Button>
      )}
    </Empty>
  );
}

export function FailuresPage() {
  const state = useFilters(filterNames, filterValues);
  // A minute's step keeps the cache key; the clock ticks faster.
  const minute = Math.floor(useNow() / 60_000) * 60_000;
  const query = useMemo(() => toQuery(state.filters, minute), [state.filters, minute]);
  const list = useInfiniteQuery(failuresQuery(query));
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const selection = useSelection();
  const { state: copied, copy } = useCopy();
  const selected = items.filter((item) => selection.ids.has(item.id));

  return (
    <Page
      title={words.title}
      actions={
        selected.length > 0 && (
          <>
            <Typography variant="body2">{words.selected(selected.length)}</Typography>
            <Button variant="outlined" onClick={() => void copy(asMarkdown(selected, location.origin))}>
              {copied === 'idle' ? words.copySelected : t.copy[copied]}
            </Button>
            <Button onClick={selection.clear}>{t.events.clearSelection}</Button>
          </>
        )
      }
    >
      <Filters items={items} state={state} />
      {list.error && <ErrorPanel error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <LoadingRows rows={8} height={62} />}
      {list.isSuccess && items.length === 0 && <NothingYet filtered={state.active} clear={state.clear} />}
      {items.length > 0 && (
        <DataList
          label={words.title}
          items={items}
          columns={columns}
          card={(failure) => <Card failure={failure} />}
          id={(failure) => failure.id}
          name={(failure) => `${failure.repository} ${failure.job}`}
          href={href}
          rowHeight={62}
          cardHeight={150}
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
