import IconButton from '@mui/material/IconButton';
import { useEffect, useState } from 'react';
import { copyText } from '@/lib/clipboard';
import { t } from '@/lib/strings';
import { CheckIcon, CloseIcon, CopyIcon } from './icons';

type State = 'idle' | 'copied' | 'failed';

/** What the last copy came to, for two seconds. */
export function useCopy() {
  const [state, setState] = useState<State>('idle');
  useEffect(() => {
    if (state === 'idle') return undefined;
    const timer = setTimeout(() => setState('idle'), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (text: string) => setState((await copyText(text)) ? 'copied' : 'failed');
  return { state, copy };
}

export function CopyButton({ text, label = t.copy.copy }: { text: string; label?: string }) {
  const { state, copy } = useCopy();
  const said = state === 'idle' ? label : t.copy[state];
  const Icon = state === 'copied' ? CheckIcon : state === 'failed' ? CloseIcon : CopyIcon;
  return (
    <IconButton aria-label={said} title={said} onClick={() => void copy(text)} sx={{ p: 0.25, mx: 0.25 }}>
      <Icon sx={{ fontSize: '1em' }} />
    </IconButton>
  );
}
