// Makes a key and shows it once.
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { CopyButton } from '@/components/copy_button';
import { ChoiceFilter } from '@/components/filters';
import { ErrorPanel } from '@/components/states';
import { keys } from '@/lib/query';
import type { Role } from '@/lib/session';
import { t } from '@/lib/strings';
import { createKey, type NewApiKey } from './api/create_key';

const words = t.keys;
const dayMs = 86_400_000;

/** The moment `days` from now, or null for a key that does not expire. */
export function expiryOf(days: string, now: number): string | null {
  return days === 'never' ? null : new Date(now + Number(days) * dayMs).toISOString();
}

function Made({ made, close }: { made: NewApiKey; close: () => void }) {
  return (
    <>
      <DialogContent>
        <Alert severity="warning" variant="outlined" sx={{ mb: 2 }}>
          {words.madeHint}
        </Alert>
        <Box
          sx={{ display: 'flex', alignItems: 'center', gap: 1, p: 1.25, bgcolor: 'sunken', borderRadius: 1 }}
        >
          <code>{made.key}</code>
          <CopyButton text={made.key} />
        </Box>
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={close}>
          {words.close}
        </Button>
      </DialogActions>
    </>
  );
}

export function CreateDialog({ close }: { close: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [expiry, setExpiry] = useState('90');
  const create = useMutation({
    mutationFn: createKey,
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.apiKeys }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ name: name.trim(), role, expires_at: expiryOf(expiry, Date.now()) });
  };
  const made = create.data;
  return (
    <Dialog open onClose={made ? undefined : close} fullWidth maxWidth="sm" aria-labelledby="create-key">
      <DialogTitle id="create-key">{made ? words.madeTitle : words.create}</DialogTitle>
      {made ? (
        <Made made={made} close={close} />
      ) : (
        <form onSubmit={submit}>
          <DialogContent>
            <Stack sx={{ gap: 2 }}>
              {create.error && <ErrorPanel error={create.error} title={t.error.actionTitle} />}
              <TextField
                autoFocus
                required
                label={words.name}
                value={name}
                onChange={(event) => setName(event.target.value)}
                slotProps={{ htmlInput: { maxLength: 80 } }}
                sx={{ mt: 1 }}
              />
              <Box>
                <FormLabel id="key-role">{words.role}</FormLabel>
                <RadioGroup
                  aria-labelledby="key-role"
                  value={role}
                  onChange={(event) => setRole(event.target.value as Role)}
                >
                  {(['viewer', 'operator', 'admin'] as const).map((value) => (
                    <FormControlLabel
                      key={value}
                      value={value}
                      control={<Radio size="small" />}
                      label={
                        <>
                          {t.account.role[value]}{' '}
                          <Typography component="span" variant="body2" sx={{ color: 'text.secondary' }}>
                            {words.roleHints[value]}
                          </Typography>
                        </>
                      }
                    />
                  ))}
                </RadioGroup>
              </Box>
              <ChoiceFilter
                label={words.expires}
                value={expiry}
                onChange={setExpiry}
                options={words.expiry}
              />
            </Stack>
          </DialogContent>
          <DialogActions>
            <Button onClick={close}>{words.cancel}</Button>
            <Button type="submit" variant="contained" loading={create.isPending} disabled={!name.trim()}>
              {words.make}
            </Button>
          </DialogActions>
        </form>
      )}
    </Dialog>
  );
}
