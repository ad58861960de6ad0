// Ctrl+K: go anywhere, do anything, find a failure, by typing.
import Box from '@mui/material/Box';
import Dialog from '@mui/material/Dialog';
import InputBase from '@mui/material/InputBase';
import { styled } from '@mui/material/styles';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useNavigate } from 'react-router';
import { SearchIcon } from '@/components/icons';
import { failuresQuery } from '@/features/failures/api/list_failures';
import { useStatus } from '@/lib/api/status';
import { setPrefs } from '@/lib/prefs';
import { useMay } from '@/lib/session';
import { t } from '@/lib/strings';
import { useRemoveDemo } from './demo_banner';
import { Key } from './keys_help';
import { useSignOut } from './menus';
import { useParts } from './navigation';

const words = t.palette;

export interface Command {
  id: string;
  group: keyof typeof words.groups;
  name: string;
  key?: string;
  run: () => void;
}

/** Commands whose name has every word of the query, those that begin with it first. */
export function matching(commands: readonly Command[], query: string): Command[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands.filter((command) =>
    wanted.every((word) => command.name.toLowerCase().includes(word)),
  );
  const first = wanted[0] ?? '';
  const rank = (command: Command) => (command.name.toLowerCase().startsWith(first) ? 0 : 1);
  return found
    .map((command, index) => ({ command, index }))
    .sort((a, b) => rank(a.command) - rank(b.command) || a.index - b.index)
    .map(({ command }) => command);
}

const Option = styled('li')(({ theme }) => ({
  display: 'flex',
  alignItems: 'center',
  justifyContent: 'space-between',
  gap: 12,
  padding: '7px 16px',
  cursor: 'pointer',
  fontSize: '0.88rem',
  '&[aria-selected="true"]': {
    background: theme.palette.tones.accent.ground,
    boxShadow: `inset 3px 0 0 ${theme.palette.primary.main}`,
  },
}));

function useCommands(showKeys: () => void): Command[] {
  const navigate = useNavigate();
  const parts = useParts();
  const demo = useStatus().data?.demo ?? false;
  const admin = useMay('admin');
  const out = useSignOut();
  const removeDemo = useRemoveDemo();
  const doing = (id: string, name: string, run: () => void, key?: string): Command => ({
    id,
    group: 'do',
    name,
    run,
    key,
  });
  const themes = t.prefs.themes;
  return [
    ...parts.map((part): Command => ({
      id: part.path,
      group: 'go',
      name: part.name,
      key: part.key,
      run: () => void navigate(part.path),
    })),
    ...(Object.keys(themes) as (keyof typeof themes)[]).map((theme) =>
      doing(`theme-${theme}`, words.theme(themes[theme]), () => setPrefs({ theme })),
    ),
    doing('zone-utc', words.zone(t.prefs.zones.utc), () => setPrefs({ zone: 'utc' })),
    doing('zone-local', words.zone(t.prefs.zones.local), () => setPrefs({ zone: 'local' })),
    doing('keys', words.keys, showKeys, '?'),
    ...(demo && admin ? [doing('demo', t.demo.remove, () => removeDemo.mutate())] : []),
    doing('out', t.account.signOut, () => out.mutate()),
  ];
}

function useFoundFailures(query: string): Command[] {
  const navigate = useNavigate();
  const wanted = useDeferredValue(query.trim());
  const enabled = wanted.length >= 2;
  const list = useInfiniteQuery({ ...failuresQuery({ q: wanted }), enabled });
  return useMemo(() => {
    if (!enabled) return [];
    const items = list.data?.pages[0]?.items.slice(0, 6) ?? [];
    return items.map((item) => ({
      id: item.id,
      group: 'failures',
      name: `${item.repository}: ${item.cause.summary.replaceAll('`', '')}`,
      run: () => void navigate(`/failures/${item.id}`),
    }));
  }, [enabled, list.data, navigate]);
}

export function CommandPalette({ close, showKeys }: { close: () => void; showKeys: () => void }) {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const commands = [...matching(useCommands(showKeys), query), ...useFoundFailures(query)];
  const active = Math.min(at, commands.length - 1);

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && commands.length > 0) setAt((active + step + commands.length) % commands.length);
    else if (event.key === 'Enter') run(commands[active]);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog
      open
      onClose={close}
      fullWidth
      maxWidth="sm"
      sx={{ '& .MuiDialog-container': { alignItems: 'flex-start' } }}
      slotProps={{
        paper: { variant: 'outlined', 'aria-label': words.title, sx: { mt: { xs: 2, sm: '12vh' } } },
      }}
    >
      <Box
        sx={{ display: 'flex', alignItems: 'center', gap: 1, px: 2, borderBottom: 1, borderColor: 'divider' }}
      >
        <SearchIcon sx={{ color: 'text.secondary' }} />
        <InputBase
          autoFocus
          fullWidth
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          placeholder={words.placeholder}
          inputProps={{
            role: 'combobox',
            'aria-label': words.title,
            'aria-expanded': true,
            'aria-controls': `${id}-list`,
            'aria-activedescendant': active >= 0 ? `${id}-${active}` : undefined,
            'aria-autocomplete': 'list',
            maxLength: 200,
          }}
          sx={{ '& input': { py: 1.5 } }}
        />
      </Box>
      <Box
        component="ul"
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={words.title}
        sx={{ m: 0, p: 0, py: 1, maxHeight: '50vh', overflow: 'auto' }}
      >
        {commands.map((command, index) => (
          <Box key={command.id} sx={{ display: 'contents' }} role="presentation">
            {command.group !== commands[index - 1]?.group && (
              <Typography
                component="li"
                role="presentation"
                variant="caption"
                sx={{ display: 'block', px: 2, pt: 1, pb: 0.25, color: 'text.secondary' }}
              >
                {words.groups[command.group]}
              </Typography>
            )}
            <Option
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              onMouseMove={() => setAt(index)}
              onClick={() => run(command)}
            >
              <Box
                component="span"
                sx={{ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}
              >
                {command.name}
              </Box>
              {command.key && (
                <span>
                  <Key name={command.key} />
                </span>
              )}
            </Option>
          </Box>
        ))}
      </Box>
      {commands.length === 0 && (
        <Typography role="status" sx={{ px: 2, pb: 2, color: 'text.secondary' }}>
          {words.none}
        </Typography>
      )}
    </Dialog>
  );
}
