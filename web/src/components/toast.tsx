// One short message at the foot of the page: what an action came to.
import Alert from '@mui/material/Alert';
import Snackbar from '@mui/material/Snackbar';
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { tell } from './states';
import { t } from '@/lib/strings';

interface Toast {
  severity: 'success' | 'error';
  text: string;
  /** Makes each message a new one. */
  number: number;
}

interface Toaster {
  done: (text: string) => void;
  failed: (error: unknown) => void;
}

const Context = createContext<Toaster | null>(null);

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toast, setToast] = useState<Toast | null>(null);
  const [open, setOpen] = useState(false);
  const show = useCallback((severity: Toast['severity'], text: string) => {
    setToast((old) => ({ severity, text, number: (old?.number ?? 0) + 1 }));
    setOpen(true);
  }, []);
  const toaster = useMemo<Toaster>(
    () => ({
      done: (text) => show('success', text),
      failed: (error) => {
        const told = tell(error, t.error.actionTitle);
        show(
          'error',
          [told.title, told.detail, told.remedy].filter(Boolean).join('. ').replaceAll('..', '.'),
        );
      },
    }),
    [show],
  );
  return (
    <Context value={toaster}>
      {children}
      <Snackbar
        key={toast?.number}
        open={open}
        autoHideDuration={toast?.severity === 'error' ? 12_000 : 4_000}
        onClose={(_, reason) => reason !== 'clickaway' && setOpen(false)}
      >
        <Alert
          severity={toast?.severity ?? 'success'}
          variant="standard"
          onClose={() => setOpen(false)}
          sx={{ border: 1, borderColor: 'divider' }}
        >
          {toast?.text}
        </Alert>
      </Snackbar>
    </Context>
  );
}

export function useToast(): Toaster {
  const toaster = useContext(Context);
  if (!toaster) throw new Error('useToast needs a ToastProvider above it');
  return toaster;
}
