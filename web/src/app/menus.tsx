// The two menus of the app bar: how things are shown, and who is signed in.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import Popover from '@mui/material/Popover';
import Switch from '@mui/material/Switch';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type ReactNode } from 'react';
import { DisplayIcon, PersonIcon } from '@/components/icons';
import { useToast } from '@/components/toast';
import { signOut } from '@/features/session/api/sign_in';
import type { Schemas } from '@/lib/api/client';
import { setPrefs, usePrefs, type Prefs } from '@/lib/prefs';
import { keys } from '@/lib/query';
import { t } from '@/lib/strings';

function Menu({ label, icon, children }: { label: string; icon: ReactNode; children: ReactNode }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <Tooltip title={label}>
        <IconButton
          aria-label={label}
          aria-haspopup="dialog"
          aria-expanded={anchor !== null}
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          {icon}
        </IconButton>
      </Tooltip>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }}
        transformOrigin={{ vertical: 'top', horizontal: 'right' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': label } }}
      >
        <Box sx={{ p: 2, minWidth: 260, maxWidth: 340 }}>{children}</Box>
      </Popover>
    </>
  );
}

function Choice<K extends 'theme' | 'zone' | 'times'>({
  name,
  label,
  options,
}: {
  name: K;
  label: string;
  options: Record<Prefs[K], string>;
}) {
  const value = usePrefs()[name];
  const id = useId();
  return (
    <Box sx={{ mb: 1.5 }}>
      <Typography id={id} variant="caption" component="p" sx={{ color: 'text.secondary', mb: 0.5 }}>
        {label}
      </Typography>
      <ToggleButtonGroup
        exclusive
        size="small"
        value={value}
        aria-labelledby={id}
        onChange={(_, next: Prefs[K] | null) => next !== null && setPrefs({ [name]: next })}
        sx={{ flexWrap: 'wrap' }}
      >
        {(Object.entries(options) as [Prefs[K], string][]).map(([key, text]) => (
          <ToggleButton key={key} value={key}>
            {text}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
    </Box>
  );
}

export function DisplayMenu() {
  const { shortcuts } = usePrefs();
  return (
    <Menu label={t.prefs.open} icon={<DisplayIcon />}>
      <Choice name="theme" label={t.prefs.theme} options={t.prefs.themes} />
      <Choice name="zone" label={t.prefs.zone} options={t.prefs.zones} />
      <Choice name="times" label={t.prefs.times} options={t.prefs.timesChoices} />
      <FormControlLabel
        control={
          <Switch
            size="small"
            checked={shortcuts}
            onChange={(event) => setPrefs({ shortcuts: event.target.checked })}
          />
        }
        label={t.prefs.shortcuts}
      />
    </Menu>
  );
}

export function useSignOut() {
  const queries = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.session });
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });
      toast.done(t.session.signedOut);
    },
    onError: toast.failed,
  });
}

export function AccountMenu({ user }: { user: Schemas['User'] }) {
  const out = useSignOut();
  return (
    <Menu label={t.account.open(user.name)} icon={<PersonIcon />}>
      <Typography sx={{ fontWeight: 650 }}>{user.name}</Typography>
      <Typography variant="body2" sx={{ color: 'text.secondary', mb: 1.5 }}>
        {t.account.role[user.role]}
      </Typography>
      <Button variant="outlined" fullWidth loading={out.isPending} onClick={() => out.mutate()}>
        {t.account.signOut}
      </Button>
    </Menu>
  );
}
