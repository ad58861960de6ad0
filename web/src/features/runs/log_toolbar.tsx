// The tools above the log: marks, search, what is new, display, download.
import Box from '@mui/material/Box';
import Divider from '@mui/material/Divider';
import IconButton from '@mui/material/IconButton';
import InputBase from '@mui/material/InputBase';
import ToggleButton from '@mui/material/ToggleButton';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import type { ReactNode, RefObject } from 'react';
import {
  ClockIcon,
  DiffIcon,
  DownIcon,
  DownloadIcon,
  FoldIcon,
  LinkIcon,
  SearchIcon,
  UnfoldIcon,
  UpIcon,
  WrapIcon,
} from '@/components/icons';
import { useCopy } from '@/components/copy_button';
import { setPrefs, usePrefs } from '@/lib/prefs';
import { t } from '@/lib/strings';
import { downloadHref } from './api/get_log';
import type { useLogSearch } from './use_log_search';

const words = t.log;

function Tool({
  label,
  onClick,
  disabled,
  children,
}: {
  label: string;
  onClick: () => void;
  disabled?: boolean;
  children: ReactNode;
}) {
  return (
    <Tooltip title={label}>
      <span>
        <IconButton aria-label={label} onClick={onClick} disabled={disabled}>
          {children}
        </IconButton>
      </span>
    </Tooltip>
  );
}

function Switch({
  label,
  on,
  onChange,
  children,
}: {
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
  children: ReactNode;
}) {
  return (
    <Tooltip title={label}>
      <ToggleButton
        value="on"
        size="small"
        selected={on}
        onChange={() => onChange(!on)}
        aria-label={label}
        sx={{ border: 0, p: 0.6 }}
      >
        {children}
      </ToggleButton>
    </Tooltip>
  );
}

function Search({
  search,
  input,
  from,
}: {
  search: ReturnType<typeof useLogSearch>;
  input: RefObject<HTMLInputElement | null>;
  from: () => number;
}) {
  const status = search.reading
    ? words.searching
    : search.wanted
      ? words.matches(search.place, search.count)
      : '';
  return (
    <Box
      sx={{
        display: 'flex',
        alignItems: 'center',
        gap: 0.5,
        pl: 1,
        flex: '1 1 200px',
        maxWidth: 380,
        border: 1,
        borderColor: 'divider',
        borderRadius: 1,
        bgcolor: 'background.default',
        '&:focus-within': { borderColor: 'primary.main' },
      }}
    >
      <SearchIcon sx={{ color: 'text.secondary' }} />
      <InputBase
        inputRef={input}
        value={search.query}
        onChange={(event) => search.setQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') search.step(event.shiftKey ? -1 : 1, from());
          if (event.key === 'Escape') {
            search.setQuery('');
            input.current?.blur();
          }
        }}
        placeholder={words.search}
        inputProps={{ 'aria-label': words.search, maxLength: 200, spellCheck: false }}
        sx={{ flex: 1, fontSize: '0.82rem', '& input': { py: 0.4 } }}
      />
      <Typography variant="caption" role="status" sx={{ color: 'text.secondary', whiteSpace: 'nowrap' }}>
        {status}
      </Typography>
      <IconButton
        aria-label={words.previous}
        disabled={search.count === 0}
        onClick={() => search.step(-1, from())}
      >
        <UpIcon />
      </IconButton>
      <IconButton
        aria-label={words.next}
        disabled={search.count === 0}
        onClick={() => search.step(1, from())}
      >
        <DownIcon />
      </IconButton>
    </Box>
  );
}

export interface ToolbarProps {
  id: string;
  marks: { at: number; all: number; go: (direction: 1 | -1) => void };
  search: ReturnType<typeof useLogSearch>;
  searchInput: RefObject<HTMLInputElement | null>;
  from: () => number;
  onlyNew: boolean | null;
  setOnlyNew: (on: boolean) => void;
  folded: boolean | null;
  toggleFolds: () => void;
  link: string | null;
}

export function LogToolbar(props: ToolbarProps) {
  const { marks, onlyNew, folded, link } = props;
  const { wrap, stamps } = usePrefs();
  const { state, copy } = useCopy();
  return (
    <Box
      role="toolbar"
      aria-label={words.toolbar}
      sx={{
        display: 'flex',
        flexWrap: 'wrap',
        gap: 0.5,
        alignItems: 'center',
        p: 0.75,
        borderBottom: 1,
        borderColor: 'divider',
      }}
    >
      <Tool label={words.previousMark} disabled={marks.all === 0} onClick={() => marks.go(-1)}>
        <UpIcon />
      </Tool>
      <Tool label={words.nextMark} disabled={marks.all === 0} onClick={() => marks.go(1)}>
        <DownIcon />
      </Tool>
      <Typography variant="body2" role="status" sx={{ minWidth: '11ch', whiteSpace: 'nowrap' }}>
        {marks.all === 0 ? words.noMarks : words.marks(marks.at, marks.all)}
      </Typography>
      <Divider orientation="vertical" flexItem sx={{ mx: 0.5 }} />
      <Search search={props.search} input={props.searchInput} from={props.from} />
      <Box sx={{ ml: 'auto', display: 'flex', flexWrap: 'wrap', gap: 0.25, alignItems: 'center' }}>
        {link && (
          <Tool label={state === 'idle' ? words.copyLink : t.copy[state]} onClick={() => void copy(link)}>
            <LinkIcon />
          </Tool>
        )}
        <Tooltip title={onlyNew === null ? words.onlyNewOff : words.onlyNewHint}>
          <span>
            <ToggleButton
              value="new"
              size="small"
              disabled={onlyNew === null}
              selected={onlyNew === true}
              onChange={() => props.setOnlyNew(!onlyNew)}
              sx={{ gap: 0.5, px: 1, whiteSpace: 'nowrap' }}
            >
              <DiffIcon />
              {words.onlyNew}
            </ToggleButton>
          </span>
        </Tooltip>
        {folded !== null && (
          <Tool label={folded ? words.unfold : words.fold} onClick={props.toggleFolds}>
            {folded ? <UnfoldIcon /> : <FoldIcon />}
          </Tool>
        )}
        <Switch label={words.wrap} on={wrap} onChange={(on) => setPrefs({ wrap: on })}>
          <WrapIcon />
        </Switch>
        <Switch label={words.stamps} on={stamps} onChange={(on) => setPrefs({ stamps: on })}>
          <ClockIcon />
        </Switch>
        <Tooltip title={words.download}>
          <IconButton
            component="a"
            href={downloadHref(props.id)}
            download={`${props.id}.log`}
            aria-label={words.download}
          >
            <DownloadIcon />
          </IconButton>
        </Tooltip>
      </Box>
    </Box>
  );
}
