// One recurring failure: the cause in a sentence, what to do, who may have brought it, when it was seen.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link as RouterLink, useParams } from 'react-router';
import { Category, DemoTag, FailureState } from '@/components/chips';
import { CodeText } from '@/components/code_text';
import { CopyButton } from '@/components/copy_button';
import { Diagnosis, KeyLines, Suspects } from '@/components/diagnosis';
import { OpenIcon } from '@/components/icons';
import { Facts, Page, Section } from '@/components/page';
import { isWeb, Sha } from '@/components/sha';
import { TrendChart } from '@/components/sparkline';
import { ErrorPanel, LoadingRows } from '@/components/states';
import { Tag } from '@/components/tag';
import { Time } from '@/components/time';
import { formatShare } from '@/lib/format';
import { t } from '@/lib/strings';
import { failureQuery, type FailureDetail } from './api/get_failure';
import { occurrencesQuery } from './api/list_occurrences';
import { OccurrenceTable } from './occurrence_table';

const words = t.failures;

function Header({ failure }: { failure: FailureDetail }) {
  const flake = failure.flake_rate;
  return (
    <Section
      title={`${failure.repository} · ${failure.workflow} · ${failure.job}`}
      aside={
        <Stack direction="row" sx={{ gap: 0.5, flexWrap: 'wrap', justifyContent: 'flex-end' }}>
          <FailureState state={failure.state} />
          {failure.demo && <DemoTag />}
        </Stack>
      }
    >
      <Facts
        items={[
          [words.facts.seen, words.times(failure.occurrence_count)],
          [words.facts.flaky, flake === null ? words.flakeUnknown : words.flake(formatShare(flake))],
          [
            words.facts.first,
            <>
              <Time value={failure.first_seen} />{' '}
              {failure.first_commit && <Sha sha={failure.first_commit.sha} url={failure.first_commit.url} />}
            </>,
          ],
          [
            words.facts.last,
            <>
              <Time value={failure.last_seen} />{' '}
              {failure.last_commit && <Sha sha={failure.last_commit.sha} url={failure.last_commit.url} />}
            </>,
          ],
          [words.facts.step, failure.step],
          [words.facts.branch, failure.branch],
          [
            words.facts.fingerprint,
            <>
              <code>{failure.fingerprint.slice(0, 16)}</code>
              <CopyButton text={failure.fingerprint} />
            </>,
          ],
        ]}
      />
      <Box sx={{ mt: 2 }}>
        <TrendChart counts={failure.sparkline} />
      </Box>
    </Section>
  );
}

function Notice({ notice }: { notice: NonNullable<FailureDetail['notice']> }) {
  const tone = { sent: 'good', queued: 'calm', failed: 'bad', off: 'calm' } as const;
  return (
    <Section
      title={words.notice}
      aside={<Tag tone={tone[notice.state]}>{words.noticeStates[notice.state]}</Tag>}
    >
      <Typography variant="body2">
        {notice.channel}{' '}
        {isWeb(notice.permalink) && (
          <Link href={notice.permalink} target="_blank" rel="noreferrer">
            {words.openMessage}
          </Link>
        )}
      </Typography>
      {notice.detail && (
        <Typography variant="body2" sx={{ color: 'text.secondary' }}>
          {notice.detail}
        </Typography>
      )}
    </Section>
  );
}

function Occurrences({ failure }: { failure: FailureDetail }) {
  const [older, setOlder] = useState(false);
  const list = useInfiniteQuery({ ...occurrencesQuery(failure.id), enabled: older });
  const items = list.data?.pages.flatMap((page) => page.items) ?? failure.occurrences;
  const has = older ? list.hasNextPage : failure.occurrence_count > failure.occurrences.length;
  return (
    <Section title={words.occurrences}>
      <OccurrenceTable items={items} />
      {list.error && <ErrorPanel error={list.error} retry={() => void list.refetch()} />}
      {has && (
        <Button
          sx={{ mt: 1 }}
          loading={list.isFetching}
          onClick={() => (older ? void list.fetchNextPage() : setOlder(true))}
        >
          {words.allOccurrences}
        </Button>
      )}
    </Section>
  );
}

function Content({ failure }: { failure: FailureDetail }) {
  const latest = failure.latest_occurrence_id;
  const logHref = latest === null ? null : `/occurrences/${latest}`;
  return (
    <Box
      sx={{
        display: 'grid',
        gap: 1.5,
        gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 5fr) minmax(0, 3fr)' },
        alignItems: 'start',
      }}
    >
      <Stack sx={{ gap: 1.5, minWidth: 0 }}>
        <Diagnosis cause={failure.cause} fix={failure.fix} />
        {failure.key_lines.length > 0 && (
          <Section
            title={words.keyLines}
            aside={
              logHref && (
                <Button component={RouterLink} to={logHref} endIcon={<OpenIcon />}>
                  {words.openLog}
                </Button>
              )
            }
          >
            <KeyLines lines={failure.key_lines} logHref={logHref} />
          </Section>
        )}
        <Occurrences failure={failure} />
      </Stack>
      <Stack sx={{ gap: 1.5, minWidth: 0 }}>
        <Header failure={failure} />
        <Suspects suspects={failure.suspects} />
        {failure.notice && <Notice notice={failure.notice} />}
      </Stack>
    </Box>
  );
}

export function FailurePage() {
  const { id = '' } = useParams();
  const failure = useQuery(failureQuery(id));
  const data = failure.data;
  return (
    <Page
      title={data ? data.cause.summary.replaceAll('`', '') : words.title}
      heading={
        data && (
          <>
            <Box component="span" sx={{ display: 'block', mb: 0.5 }}>
              <Category category={data.cause.category} />
            </Box>
            <CodeText text={data.cause.summary} />
          </>
        )
      }
      back={{ to: '/failures', label: words.back }}
    >
      {failure.error && <ErrorPanel error={failure.error} retry={() => void failure.refetch()} />}
      {failure.isPending && <LoadingRows rows={4} height={140} label={t.app.loading} />}
      {data && <Content failure={data} />}
    </Page>
  );
}
