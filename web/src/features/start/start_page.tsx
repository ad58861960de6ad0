// The first five minutes: what is set up, what is missing, the exact steps.
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { CodeText } from '@/components/code_text';
import { Page, Section } from '@/components/page';
import { ErrorPanel, LoadingRows } from '@/components/states';
import { Tag } from '@/components/tag';
import { useStatus, type Status } from '@/lib/api/status';
import { t } from '@/lib/strings';

const words = t.start;
type Item = Status['checklist'][number];
const tones = { ok: 'good', missing: 'calm', failing: 'bad' } as const;

function Step({ item, number, webhookUrl }: { item: Item; number: number; webhookUrl: string }) {
  const told = words.items[item.id];
  return (
    <Section
      title={`${number}. ${told.title}`}
      aside={<Tag tone={tones[item.state]}>{words.states[item.state]}</Tag>}
    >
      <Typography sx={{ color: 'text.secondary' }}>{told.why}</Typography>
      {item.detail && (
        <Typography variant="body2" sx={{ mt: 0.5 }}>
          <CodeText text={item.detail} />
        </Typography>
      )}
      {item.state === 'failing' && item.remedy && (
        <Alert severity="error" variant="outlined" sx={{ mt: 1 }}>
          <CodeText text={item.remedy} copyable />
        </Alert>
      )}
      {item.state === 'missing' && (
        <>
          <Box component="ol" sx={{ pl: 2.5, my: 1, '& li': { py: 0.35 } }}>
            {told.steps(webhookUrl).map((step) => (
              <Typography component="li" key={step}>
                <CodeText text={step} copyable />
              </Typography>
            ))}
          </Box>
          {told.unreachable && (
            <Typography variant="body2" sx={{ color: 'text.secondary' }}>
              <CodeText text={told.unreachable} copyable />
            </Typography>
          )}
        </>
      )}
    </Section>
  );
}

function Checklist({ status }: { status: Status }) {
  const done = status.checklist.filter((item) => item.state === 'ok').length;
  const all = status.checklist.length;
  return (
    <Stack sx={{ gap: 1.5 }}>
      <Box>
        <Typography>{done === all ? words.done : words.intro}</Typography>
        <LinearProgress
          variant="determinate"
          value={all === 0 ? 100 : (done / all) * 100}
          aria-label={words.progress(done, all)}
          sx={{ mt: 1, height: 6, borderRadius: 3 }}
        />
        <Typography variant="caption" sx={{ color: 'text.secondary' }}>
          {words.progress(done, all)}
        </Typography>
      </Box>
      {status.checklist.map((item, index) => (
        <Step key={item.id} item={item} number={index + 1} webhookUrl={status.webhook_url} />
      ))}
      {done < all && (
        <Typography variant="body2" sx={{ color: 'text.secondary' }}>
          {words.restart}
        </Typography>
      )}
      <Section title={words.try}>
        <Typography>
          <CodeText text={words.trySteps} copyable />
        </Typography>
      </Section>
    </Stack>
  );
}

export function StartPage() {
  const status = useStatus();
  return (
    <Page title={words.title}>
      <Box sx={{ maxWidth: 820 }}>
        {status.error && <ErrorPanel error={status.error} retry={() => void status.refetch()} />}
        {status.isPending && <LoadingRows rows={3} height={120} label={t.app.loading} />}
        {status.data && <Checklist status={status.data} />}
      </Box>
    </Page>
  );
}
