// The frame around every page: app bar, navigation, live connection, keys, palette.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Drawer from '@mui/material/Drawer';
import IconButton from '@mui/material/IconButton';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import visuallyHidden from '@mui/utils/visuallyHidden';
import { useState } from 'react';
import { Outlet, ScrollRestoration, useNavigate, useNavigation } from 'react-router';
import { MenuIcon, SearchIcon, WheelIcon } from '@/components/icons';
import type { Schemas } from '@/lib/api/client';
import { useLive } from '@/lib/live';
import { useNarrow } from '@/lib/media';
import { useShortcuts } from '@/lib/shortcuts';
import { t } from '@/lib/strings';
import { CommandPalette } from './command_palette';
import { DemoBanner } from './demo_banner';
import { Key, KeysHelp } from './keys_help';
import { LiveBadge } from './live_badge';
import { AccountMenu, DisplayMenu } from './menus';
import { Navigation, useParts } from './navigation';

const barHeight = 48;
const sideWidth = 208;

function SkipLink() {
  return (
    <Box
      component="a"
      href="#content"
      sx={{
        position: 'absolute',
        left: -9999,
        zIndex: 2000,
        p: 1,
        bgcolor: 'background.paper',
        '&:focus': { left: 8, top: 8 },
      }}
    >
      {t.app.skip}
    </Box>
  );
}

function Bar({
  user,
  openMenu,
  openPalette,
}: {
  user: Schemas['User'];
  openMenu: (() => void) | null;
  openPalette: () => void;
}) {
  const live = useLive();
  const narrow = useNarrow();
  return (
    <Box
      component="header"
      sx={{
        position: 'sticky',
        top: 0,
        zIndex: 1100,
        height: barHeight,
        display: 'flex',
        alignItems: 'center',
        gap: 0.75,
        px: { xs: 1, md: 2 },
        bgcolor: 'background.paper',
        borderBottom: 1,
        borderColor: 'divider',
      }}
    >
      {openMenu && (
        <IconButton aria-label={t.app.openNavigation} onClick={openMenu}>
          <MenuIcon />
        </IconButton>
      )}
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, color: 'primary.main' }}>
        <WheelIcon />
        <Typography sx={{ fontWeight: 700, display: { xs: 'none', sm: 'block' } }}>{t.app.name}</Typography>
      </Box>
      <Box sx={{ ml: 'auto', display: 'flex', alignItems: 'center', gap: 0.5 }}>
        <LiveBadge phase={live.phase} />
        <Button
          onClick={openPalette}
          color="inherit"
          startIcon={<SearchIcon />}
          sx={{
            color: 'text.secondary',
            border: 1,
            borderColor: 'divider',
            minWidth: 0,
            '& .MuiButton-startIcon': { mr: { xs: 0, md: 1 }, ml: 0 },
          }}
        >
          <Box component="span" sx={narrow ? visuallyHidden : { mr: 1 }}>
            {t.palette.button}
          </Box>
          {!narrow && <Key name={t.palette.shortcut} />}
        </Button>
        <DisplayMenu />
        <AccountMenu user={user} />
      </Box>
    </Box>
  );
}

export function Shell({ user }: { user: Schemas['User'] }) {
  const narrow = useNarrow();
  const navigate = useNavigate();
  const busy = useNavigation().state === 'loading';
  const [menu, setMenu] = useState(false);
  const [open, setOpen] = useState<'palette' | 'keys' | null>(null);
  const parts = useParts();
  useShortcuts({
    ...Object.fromEntries(parts.map((part) => [part.key, () => void navigate(part.path)])),
    'ctrl+k': () => setOpen('palette'),
    '?': () => setOpen('keys'),
  });
  return (
    <>
      <SkipLink />
      <Bar
        user={user}
        openMenu={narrow ? () => setMenu(true) : null}
        openPalette={() => setOpen('palette')}
      />
      {busy && (
        <LinearProgress
          aria-label={t.app.loading}
          sx={{ position: 'fixed', top: barHeight, insetInline: 0, zIndex: 1200, height: 2 }}
        />
      )}
      <Box sx={{ display: 'flex', alignItems: 'flex-start' }}>
        {narrow ? (
          <Drawer open={menu} onClose={() => setMenu(false)} slotProps={{ paper: { sx: { width: 260 } } }}>
            <Navigation onGo={() => setMenu(false)} />
          </Drawer>
        ) : (
          <Box
            sx={{
              position: 'sticky',
              top: barHeight,
              height: `calc(100dvh - ${barHeight}px)`,
              width: sideWidth,
              flex: 'none',
              borderRight: 1,
              borderColor: 'divider',
              overflowY: 'auto',
            }}
          >
            <Navigation />
          </Box>
        )}
        <Box component="main" id="content" tabIndex={-1} sx={{ flex: 1, minWidth: 0, outline: 'none' }}>
          <DemoBanner />
          <Outlet />
        </Box>
      </Box>
      {open === 'palette' && <CommandPalette close={() => setOpen(null)} showKeys={() => setOpen('keys')} />}
      {open === 'keys' && <KeysHelp close={() => setOpen(null)} />}
      <ScrollRestoration />
    </>
  );
}
