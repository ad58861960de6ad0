// What surrounds everything: the style cache with the page's nonce, the theme, the server-state cache, the router.
import createCache from '@emotion/cache';
import { CacheProvider } from '@emotion/react';
import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { ToastProvider } from '@/components/toast';
import { useMedia } from '@/lib/media';
import { resolveScheme, usePrefs } from '@/lib/prefs';
import { createQueryClient } from '@/lib/query';
import { themeFor } from '@/lib/theme';
import { routes } from './routes';

function readNonce(): string | undefined {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce || undefined;
}

function Themed({ children }: { children: ReactNode }) {
  const { theme } = usePrefs();
  const dark = useMedia('(prefers-color-scheme: dark)');
  const moreContrast = useMedia('(prefers-contrast: more)');
  const scheme = resolveScheme(theme, { dark, moreContrast });
  useEffect(() => {
    document.documentElement.dataset.scheme = scheme;
  }, [scheme]);
  return (
    <ThemeProvider theme={themeFor(scheme)}>
      <CssBaseline />
      {children}
    </ThemeProvider>
  );
}

export function App() {
  const [styles] = useState(() => createCache({ key: 'css', nonce: readNonce() }));
  const [queries] = useState(createQueryClient);
  const [router] = useState(() => createBrowserRouter(routes));
  return (
    <CacheProvider value={styles}>
      <QueryClientProvider client={queries}>
        <Themed>
          <ToastProvider>
            <RouterProvider router={router} />
          </ToastProvider>
        </Themed>
      </QueryClientProvider>
    </CacheProvider>
  );
}
