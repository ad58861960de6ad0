// Filter controls: a search field that waits for a pause, and choices. Both write to the URL through their owner.
import Box from '@mui/material/Box';
import FormControl from '@mui/material/FormControl';
import IconButton from '@mui/material/IconButton';
import InputAdornment from '@mui/material/InputAdornment';
import InputLabel from '@mui/material/InputLabel';
import NativeSelect from '@mui/material/NativeSelect';
import OutlinedInput from '@mui/material/OutlinedInput';
import TextField from '@mui/material/TextField';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { useShortcuts } from '@/lib/shortcuts';
import { t } from '@/lib/strings';
import { CloseIcon, SearchIcon } from './icons';

const pauseMs = 250;

/** Text that reaches its owner after a pause; what the owner says from outside (a link, "clear") wins. */
function usePaused(value: string, onChange: (value: string) => void) {
  const [text, setText] = useState(value);
  const [outer, setOuter] = useState(value);
  if (outer !== value) {
    setOuter(value);
    if (text.trim() !== value) setText(value);
  }
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (text.trim() === value) return undefined;
    const timer = setTimeout(() => latest.current(text), pauseMs);
    return () => clearTimeout(timer);
  }, [text, value]);
  return [text, setText] as const;
}

/** `/` puts the focus here. */
export function SearchField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = usePaused(value, onChange);
  useShortcuts({ '/': () => input.current?.select() });
  return (
    <TextField
      inputRef={input}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') input.current?.blur();
      }}
      placeholder={label}
      type="search"
      sx={{
        flex: '1 1 180px',
        maxWidth: { md: 360 },
        '& input::-webkit-search-cancel-button': { display: 'none' },
      }}
      slotProps={{
        htmlInput: { 'aria-label': label, maxLength: 200 },
        input: {
          startAdornment: (
            <InputAdornment position="start">
              <SearchIcon />
            </InputAdornment>
          ),
          endAdornment: text && (
            <InputAdornment position="end">
              <IconButton aria-label={t.list.clearSearch} onClick={() => setText('')} edge="end">
                <CloseIcon />
              </IconButton>
            </InputAdornment>
          ),
        },
      }}
    />
  );
}

export function TextFilter({
  label,
  value,
  onChange,
  options,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Suggestions; anything else may be typed. */
  options: readonly string[];
}) {
  const list = useId();
  const [text, setText] = usePaused(value, onChange);
  return (
    <>
      <TextField
        label={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        sx={{ width: { xs: '100%', sm: 150 } }}
        slotProps={{ htmlInput: { list, maxLength: 200, autoComplete: 'off', spellCheck: false } }}
      />
      <datalist id={list}>
        {options.map((option) => (
          <option key={option} value={option} />
        ))}
      </datalist>
    </>
  );
}

export function ChoiceFilter({
  label,
  value,
  onChange,
  options,
  any,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: Record<string, string>;
  /** Offered first, meaning no choice. */
  any?: string;
}) {
  const id = useId();
  return (
    <FormControl size="small" sx={{ width: { xs: '100%', sm: 'auto' }, minWidth: 104 }}>
      <InputLabel htmlFor={id} shrink>
        {label}
      </InputLabel>
      <NativeSelect
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        input={<OutlinedInput notched label={label} />}
      >
        {any !== undefined && <option value="">{any}</option>}
        {Object.entries(options).map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </NativeSelect>
    </FormControl>
  );
}

export function FilterBar({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Box
      role="search"
      aria-label={label}
      sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, mb: 1.5, alignItems: 'center' }}
    >
      {children}
    </Box>
  );
}
