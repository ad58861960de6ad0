// Why it failed, what to do, who may have brought it, the lines that matter. Shared by a failure and each of its runs.
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { Link as RouterLink } from 'react-router';
import type { Schemas } from '@/lib/api/client';
import { formatShare } from '@/lib/format';
import { t } from '@/lib/strings';
import { mono } from '@/lib/theme';
import { CodeText } from './code_text';
import { Section } from './page';
import { isWeb, Sha } from './sha';
import { Tag } from './tag';

const words = t.failures;

export function Diagnosis({ cause, fix }: { cause: Schemas['Cause']; fix: Schemas['Fix'] | null }) {
  return (
    <Section
      title={words.fix}
      aside={
        <Typography variant="caption" sx={{ color: 'text.secondary', textAlign: 'right' }}>
          {[words.confidence(formatShare(cause.confidence)), cause.rule && words.rule(cause.rule)]
            .filter(Boolean)
            .join(' · ')}
        </Typography>
      }
    >
      {fix ? (
        <>
          <Typography>
            <CodeText text={fix.summary} copyable />
          </Typography>
          {fix.steps.length > 0 && (
            <Box component="ol" sx={{ m: 0, mt: 1, pl: 2.5, '& li': { py: 0.25 } }}>
              {fix.steps.map((step, index) => (
                <Typography component="li" key={index}>
                  <CodeText text={step} copyable />
                </Typography>
              ))}
            </Box>
          )}
        </>
      ) : (
        <Typography sx={{ color: 'text.secondary' }}>{words.noFix}</Typography>
      )}
    </Section>
  );
}

export function KeyLines({
  lines,
  logHref,
}: {
  lines: readonly Schemas['KeyLine'][];
  logHref: string | null;
}) {
  return (
    <Box
      tabIndex={0}
      role="region"
      aria-label={words.keyLines}
      sx={{
        bgcolor: 'sunken',
        border: 1,
        borderColor: 'divider',
        borderRadius: 1,
        py: 0.75,
        overflowX: 'auto',
        fontFamily: mono,
        fontSize: '0.78rem',
        lineHeight: 1.6,
      }}
    >
      {lines.map((line) => (
        <Box
          key={line.n}
          sx={(theme) => ({
            display: 'flex',
            whiteSpace: 'pre',
            width: 'max-content',
            minWidth: '100%',
            borderLeft: '3px solid',
            borderColor: line.mark && line.mark !== 'context' ? theme.palette.tones.bad.text : 'transparent',
          })}
        >
          <Box
            component="span"
            sx={{ color: 'text.secondary', minWidth: '6ch', pr: 1.5, textAlign: 'right', userSelect: 'none' }}
          >
            {logHref ? (
              <Link
                component={RouterLink}
                to={`${logHref}#L${line.n}`}
                color="inherit"
                underline="hover"
                aria-label={t.log.line(line.n)}
              >
                {line.n}
              </Link>
            ) : (
              line.n
            )}
          </Box>
          <span>{line.text}</span>
        </Box>
      ))}
    </Box>
  );
}

export function Suspects({ suspects }: { suspects: readonly Schemas['Suspect'][] }) {
  return (
    <Section title={words.suspects}>
      {suspects.length === 0 && <Typography sx={{ color: 'text.secondary' }}>{words.noSuspects}</Typography>}
      <Stack component="ul" sx={{ m: 0, p: 0, listStyle: 'none', gap: 1.25 }}>
        {suspects.map((suspect, index) => (
          <Box component="li" key={suspect.sha}>
            <Stack direction="row" sx={{ gap: 1, alignItems: 'baseline', justifyContent: 'space-between' }}>
              <Typography sx={{ fontWeight: 600, minWidth: 0 }}>
                {isWeb(suspect.url) ? (
                  <Link
                    href={suspect.url}
                    target="_blank"
                    rel="noreferrer"
                    color="text.primary"
                    underline="hover"
                  >
                    {suspect.message}
                  </Link>
                ) : (
                  suspect.message
                )}
              </Typography>
              <Tag tone={index === 0 && suspect.score >= 0.5 ? 'warn' : 'calm'} plain>
                {words.likely(formatShare(suspect.score))}
              </Tag>
            </Stack>
            <Typography variant="body2" sx={{ color: 'text.secondary' }}>
              <Sha sha={suspect.sha} url={suspect.url} /> {suspect.author} · <CodeText text={suspect.why} />
            </Typography>
          </Box>
        ))}
      </Stack>
    </Section>
  );
}
